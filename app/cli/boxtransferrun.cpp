#include "app/cli/boxtransferrun.h"

#include "app/cli/exitstatus.h"

#include <csignal>

namespace boxgate::cli {

namespace {

constexpr std::chrono::milliseconds ProgressInterval{250};

}

TransferRun::TransferRun(CommandContext *context, const QString &what)
    : m_progress(&context->output(), what,
                 context->arguments().has("quiet") ? Verbosity::Quiet : Verbosity::Normal)
    , m_signals({SIGINT, SIGTERM, SIGHUP})
{
    QObject::connect(&m_signals, &SignalSource::received, &m_timer, [this] { m_count->cancelled = true; });
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer,
                     [this] { m_progress.show(Bytes(m_count->done), Bytes(m_count->total)); });
    m_timer.start(ProgressInterval);
}

std::optional<int> TransferRun::finish()
{
    m_timer.stop();
    m_progress.clear();
    if (m_signals.first())
        return ExitStatus::OfSignal + *m_signals.first();
    return std::nullopt;
}

} // namespace boxgate::cli
