#include "app/cli/boxjson.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/livesummary.h"
#include "core/client/boximagereport.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON; that is what it does anyway"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate inspect web", "Everything about one box"},
    ExampleSpec{"boxgate inspect web | jq -r '.[0].last_exit.message'", "Why did it end?"},
};

Async<int> runInspect(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    QJsonArray array;
    int status = 0;
    for (const QString &word : context->arguments().words("BOX")) {
        Result<BoxSummary> box = context->directory().resolve(word);
        if (box)
            box = co_await liveBox(context->paths(), &context->directory(), *box);
        if (box) {
            QJsonObject object = toJson(*box);
            object.insert(QStringLiteral("image_config"), imageConfigOf(context->paths(), *box));
            array.append(object);
        } else {
            context->output().complain(box.error().message);
            status = ExitStatus::BoxgateFailed;
        }
    }
    context->output().printJson(array);
    co_return status;
}

} // namespace

CommandSpec inspectCommandSpec()
{
    CommandSpec spec{"inspect", "Show everything about boxes, as a JSON array"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runInspect;
    return spec;
}

} // namespace boxgate::cli
