#include "app/cli/commandcontext.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/humantime.h"
#include "app/cli/imagejson.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::OneOrMore, Words::Images}};
constexpr std::array OneImage{ArgumentSpec{"IMAGE", Arity::One, Words::Images}};
constexpr std::array InspectExamples{
    ExampleSpec{"boxgate image inspect alpine", "What is in this image, and how does it want to be run?"}};
constexpr std::array HistoryOptions{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array HistoryExamples{ExampleSpec{"boxgate image history alpine", "How was this image made?"}};

Async<int> runInspect(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    QJsonArray array;
    for (const QString &word : context->arguments().words("IMAGE")) {
        const Result<ImageDetails> details = context->images().inspect(word);
        BOXGATE_CO_TRY(details);
        array.append(toJson(*details));
    }
    context->output().printJson(array);
    co_return 0;
}

Async<int> runHistory(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<ImageDetails> details = context->images().inspect(context->arguments().word("IMAGE"));
    BOXGATE_CO_TRY(details);
    if (context->arguments().has("json")) {
        context->output().printJson(toJson(details->history));
        co_return 0;
    }
    TextTable table({QStringLiteral("CREATED"), QStringLiteral(">SIZE"), QStringLiteral("~BY")});
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const HistoryStep &step : details->history) {
        const QString by = step.command.isEmpty() ? step.comment : step.command;
        table.addRow({agoToDisplay(step.created, now), step.size.toDisplay(),
                      by.isEmpty() ? QStringLiteral("-") : by});
    }
    context->output().print(table.toString({}, tableWidth()));
    co_return 0;
}

} // namespace

CommandSpec imageInspectCommandSpec()
{
    CommandSpec spec{"inspect", "Print all about images as JSON"};
    spec.details = "IMAGE is a name, or the beginning of a digest.";
    spec.arguments = Positional;
    spec.examples = InspectExamples;
    spec.function = runInspect;
    return spec;
}

CommandSpec imageHistoryCommandSpec()
{
    CommandSpec spec{"history", "Show the steps in which an image was made, the first one first"};
    spec.options = HistoryOptions;
    spec.arguments = OneImage;
    spec.examples = HistoryExamples;
    spec.function = runHistory;
    return spec;
}

} // namespace boxgate::cli
