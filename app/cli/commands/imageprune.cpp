#include "app/cli/commandcontext.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/imagejson.h"
#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

constexpr std::array PruneOptions{
    OptionSpec{"all", 'a', nullptr, "Remove every image that no box uses, too"},
    OptionSpec{"to-limit", 0, nullptr, "Remove unused images, the oldest first, until the limit is kept"},
    OptionSpec{"dry-run", 'n', nullptr, "Say what would be removed, and remove nothing"},
    OptionSpec{"json", 0, nullptr, "Print JSON"},
};
constexpr std::array PruneExamples{
    ExampleSpec{"boxgate image prune", "Give back the space of what nothing uses any more"},
    ExampleSpec{"boxgate image prune -a -n", "What would the removal of all unused images give?"},
};
constexpr std::array LimitPositional{ArgumentSpec{"SIZE|none", Arity::Optional}};
constexpr std::array LimitExamples{
    ExampleSpec{"boxgate image limit", "How much may images take?"},
    ExampleSpec{"boxgate image limit 50g", "No more than 50 GiB; a pull that would take more is refused"},
};

QString namesText(const QList<ImageRef> &refs)
{
    QStringList names;
    for (const ImageRef &ref : refs)
        names.append(ref.toString());
    return names.join(QStringLiteral(", "));
}

void printReport(Output &output, const PruneReport &report, const PruneRequest &request)
{
    const bool isDry = request.run == PruneRequest::Run::Dry;
    for (const ImageRef &ref : report.names)
        output.print((isDry ? QStringLiteral("Would remove %1\n") : QStringLiteral("Removed %1\n"))
                         .arg(ref.toString()));
    output.print(QStringLiteral("%1 %2 in %3\n")
                     .arg(isDry ? QStringLiteral("Would give back") : QStringLiteral("Gave back"),
                          report.garbage.bytes.toDisplay(),
                          counted(quint64(report.garbage.files.size()), "file")));
    if (!report.limit || report.total <= *report.limit)
        return;
    output.print(QStringLiteral("Images take %1, more than their limit of %2\n")
                     .arg(report.total.toDisplay(), report.limit->toDisplay()));
    if (!report.proposed.isEmpty()) {
        output.print(QStringLiteral("No box uses %1: 'boxgate image prune --to-limit' removes them\n")
                         .arg(namesText(report.proposed)));
    }
}

Async<int> runPrune(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    PruneRequest request;
    if (arguments.has("all"))
        request.names = PruneRequest::Names::RemoveUnused;
    else if (arguments.has("to-limit"))
        request.names = PruneRequest::Names::RemoveToLimit;
    if (arguments.has("dry-run"))
        request.run = PruneRequest::Run::Dry;
    const Result<PruneReport> report = co_await context->images().prune(request);
    BOXGATE_CO_TRY(report);
    if (arguments.has("json"))
        context->output().printJson(toJson(*report));
    else
        printReport(context->output(), *report, request);
    co_return 0;
}

Async<int> runLimit(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const QString text = context->arguments().word("SIZE|none");
    if (!text.isEmpty()) {
        const Result<Bytes> size =
            text == QLatin1String("none") ? Result<Bytes>(Bytes()) : Bytes::parse(text);
        BOXGATE_CO_TRY(size);
        std::optional<Bytes> limit;
        if (text != QLatin1String("none"))
            limit = *size;
        const Result<void> stored = context->images().setLimit(limit);
        BOXGATE_CO_TRY(stored);
    }
    const Result<std::optional<Bytes>> limit = context->images().limit();
    BOXGATE_CO_TRY(limit);
    context->output().print((*limit ? (*limit)->toDisplay() : QStringLiteral("none")) + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec imagePruneCommandSpec()
{
    CommandSpec spec{"prune", "Give back the space of what no image and no box needs"};
    spec.details =
        "Waits until pulls, loads and starts of boxes that are under way have ended. What broken ones have "
        "left is\n"
        "removed, too: they would begin anew.";
    spec.options = PruneOptions;
    spec.examples = PruneExamples;
    spec.function = runPrune;
    return spec;
}

CommandSpec imageLimitCommandSpec()
{
    CommandSpec spec{"limit", "Show or set how much images may take together"};
    spec.arguments = LimitPositional;
    spec.examples = LimitExamples;
    spec.function = runLimit;
    return spec;
}

} // namespace boxgate::cli
