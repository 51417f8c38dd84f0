#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"snapshot", 's', "SNAPSHOT", "Its disk and specification as of then"},
    OptionSpec{"json", 0, nullptr, "Print the new box's name and id as JSON"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::EndedBoxes},
                                ArgumentSpec{"NAME", Arity::Optional}};
constexpr std::array Examples{
    ExampleSpec{"boxgate clone web web2", "A second box with the same disk and the same options"},
    ExampleSpec{"boxgate clone --snapshot clean web test", "One as it was at that snapshot"},
};

Async<int> runClone(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const Arguments &arguments = context->arguments();
    const Result<BoxId> id =
        co_await context->disks().clone(box->id, arguments.word("NAME"), arguments.value("snapshot"));
    BOXGATE_CO_TRY(id);
    const Result<BoxSummary> made = context->directory().find(*id);
    BOXGATE_CO_TRY(made);
    if (arguments.has("json"))
        context->output().printJson(
            QJsonObject{{QStringLiteral("id"), id->toString()}, {QStringLiteral("name"), made->spec.name}});
    else
        context->output().print(made->spec.name + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec cloneCommandSpec()
{
    CommandSpec spec{"clone", "Make a box with the disk and the options of another"};
    spec.details =
        "The two share what is on the disk now, and neither sees what the other writes: it takes no time and "
        "no space.\n"
        "Either can be removed. A port that both publish is refused when the second one starts.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runClone;
    return spec;
}

} // namespace boxgate::cli
