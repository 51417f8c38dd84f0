#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net dns web", "Which names does it ask for, and what is it told?"},
};

Async<int> runDns(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    const Result<QList<NetDnsQuestion>> questions = co_await opened->handle->dnsLog();
    BOXGATE_CO_TRY(questions);
    if (context->arguments().has("json"))
        context->output().printJson(toJsonArray(*questions));
    else
        printTable(context->output(), dnsTable(*questions, QDateTime::currentDateTimeUtc()),
                   QStringLiteral("Box %1 has asked for no name").arg(opened->box.spec.name));
    co_return 0;
}

} // namespace

CommandSpec netDnsCommandSpec()
{
    CommandSpec spec{"dns", "List the names that a box asked for, and the answers"};
    spec.details =
        "RESULT is 'refused' for a name that no rule covers: it was not asked outside. 'removed' counts "
        "addresses of private\n"
        "networks that no rule covers, which an allowlist takes out of answers.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runDns;
    return spec;
}

} // namespace boxgate::cli
