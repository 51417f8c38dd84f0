#include "core/runner/usagesampler.h"

#include "core/guest/guestchannel.h"
#include "core/runner/processtime.h"

#include <QCoreApplication>

namespace boxgate {

namespace {

/// Shorter spans are too coarse for /proc's ticks of 10 ms.
constexpr qint64 ShortestSpanMs = 200;

Async<void> ignoreValue(Async<BoxUsage> usage)
{
    const Result<BoxUsage> asked = co_await usage;
    BOXGATE_CO_TRY(asked);
    co_return {};
}

} // namespace

UsageSampler::UsageSampler(QObject *parent)
    : QObject(parent)
{
    m_timer.setInterval(Interval);
    connect(&m_timer, &QTimer::timeout, this, &UsageSampler::ask);
}

void UsageSampler::begin(GuestChannel &channel, qint64 qemuPid)
{
    m_channel = &channel;
    m_qemuPid = qemuPid;
    measureProcessor();
}

void UsageSampler::setWatched(Watch watch)
{
    if (watch == Watch::Nobody) {
        m_timer.stop();
    } else if (!m_timer.isActive()) {
        m_timer.start();
        ask();
    }
}

void UsageSampler::ask()
{
    // A guest too busy to answer is asked again once it has.
    if (m_tasks.running() == 0 && m_channel && !m_channel->isClosed())
        m_tasks.spawn(QStringLiteral("usage"), ignoreValue(refresh()));
}

Async<BoxUsage> UsageSampler::refresh()
{
    measureProcessor();
    if (!m_channel || m_channel->isClosed())
        co_return fail(ErrorCode::Conflict, QStringLiteral("The box is not running yet"));
    const QPointer<UsageSampler> self(this);
    const Result<guest::Usage> answer = co_await m_channel->usage();
    BOXGATE_CO_TRY(answer);
    if (!self)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("The box ended"));
    m_usage.memoryTotal = answer->memoryTotal;
    m_usage.memoryUsed = answer->memoryUsed;
    m_usage.diskTotal = answer->diskTotal;
    m_usage.diskUsed = answer->diskTotal - std::min(answer->diskTotal, answer->diskFree);
    m_usage.processes = int(std::min<quint32>(answer->processes, 1 << 22));
    co_return m_usage;
}

QCoro::Task<void> UsageSampler::shutdown()
{
    m_timer.stop();
    co_await m_tasks.join();
}

void UsageSampler::measureProcessor()
{
    const auto qemu = processTime(m_qemuPid);
    const auto own = processTime(QCoreApplication::applicationPid());
    if (!qemu || !own)
        return;
    const std::chrono::milliseconds total = *qemu + *own;
    const qint64 span = m_sinceMeasured.isValid() ? m_sinceMeasured.elapsed() : 0;
    if (m_processorTime && span < ShortestSpanMs)
        return;
    if (m_processorTime)
        m_usage.cpuPercent = 100.0 * double((total - *m_processorTime).count()) / double(span);
    m_processorTime = total;
    m_sinceMeasured.start();
}

} // namespace boxgate
