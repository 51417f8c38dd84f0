#include "app/cli/imagefetch.h"

#include "app/cli/pulltext.h"
#include "app/cli/signalsource.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"

#include <csignal>

namespace boxgate::cli {

namespace {

/// Tells how far a pull is.
class PullReporter
{
public:
    PullReporter(Output *output, PullReport report)
        : m_output(output)
        , m_report(report)
        , m_isTerminal(isTerminal(StandardStream::Error))
    { }

    void show(const PullProgress &progress)
    {
        if (m_report == PullReport::Json)
            m_output->printJsonLine(pullEvent(progress));
        if (m_report != PullReport::ForPeople)
            return;
        if (m_isTerminal)
            showOnTerminal(progress);
        else
            showAsLines(progress);
    }

    void clear()
    {
        if (m_isShown)
            m_output->note(QStringLiteral("\r\033[K"));
        m_isShown = false;
    }

private:
    void showOnTerminal(const PullProgress &progress)
    {
        m_isShown = true;
        // Return to the first column, and clear to the end of the line (ECMA-48 EL).
        m_output->note(QStringLiteral("\r\033[K")
                       + elided(printable(pullLine(progress)), terminalSize().columns - 1));
    }

    void showAsLines(const PullProgress &progress)
    {
        if (progress.stage != PullProgress::Stage::Downloading)
            return;
        const qsizetype finished = progress.finishedBlobs();
        QString line;
        if (!m_hasBegun)
            line = pullBeginLine(progress);
        else if (finished > m_finished)
            line = pullLine(progress);
        if (!line.isEmpty())
            m_output->note(printable(line) + QLatin1Char('\n'));
        m_hasBegun = true;
        m_finished = finished;
    }

    Output *const m_output;
    const PullReport m_report;
    const bool m_isTerminal;
    bool m_isShown = false;
    bool m_hasBegun = false;
    qsizetype m_finished = 0;
};

} // namespace

Result<PullPolicy> readPullPolicy(const Arguments &arguments)
{
    const QString word = arguments.value("pull", QStringLiteral("missing"));
    if (word == QLatin1String("missing"))
        return PullPolicy::Missing;
    if (word == QLatin1String("always"))
        return PullPolicy::Always;
    if (word == QLatin1String("never"))
        return PullPolicy::Never;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("--pull: '%1' is none of missing, always and never").arg(word.left(40)));
}

Async<ImageRef> fetchImageOfBox(CommandContext *context)
{
    const Result<PullPolicy> policy = readPullPolicy(context->arguments());
    BOXGATE_CO_TRY(policy);
    PullRequest request;
    request.name = context->arguments().word("IMAGE");
    request.policy = *policy;
    const PullReport report = context->arguments().has("quiet") ? PullReport::Quiet : PullReport::ForPeople;
    const Result<PulledImage> image = co_await fetchImage(context, request, report);
    BOXGATE_CO_TRY(image);
    co_return image->ref;
}

Async<PulledImage> fetchImage(CommandContext *context, PullRequest request, PullReport report)
{
    ImagePull pull(context->paths(), request);
    PullReporter reporter(&context->output(), report);
    QObject::connect(&pull, &ImagePull::progressed, &pull,
                     [&pull, &reporter] { reporter.show(pull.progress()); });
    SignalSource signalSource({SIGINT, SIGTERM, SIGHUP});
    QObject::connect(&signalSource, &SignalSource::received, &pull, &ImagePull::cancel);
    const Result<PulledImage> pulled = co_await pull.run();
    reporter.clear();
    if (!pulled && pulled.error().code == ErrorCode::Cancelled && signalSource.first()) {
        const QString sentence = pullInterruptedLine(pull.progress());
        co_return fail(ErrorCode::Cancelled, sentence);
    }
    co_return pulled;
}

} // namespace boxgate::cli
