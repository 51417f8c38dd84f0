#include "core/client/boxwatch.h"

#include <QLoggingCategory>
#include <QPointer>

namespace boxgate {

Q_LOGGING_CATEGORY(logWatch, "boxgate.client.watch")

namespace {

using namespace std::chrono_literals;

/// A runner that died is seen by its closed connection at once; its lock is free some milliseconds later.
constexpr auto ClosingLook = 20ms;
/// Only for a runner that does not answer.
constexpr auto RetryLook = 1s;

} // namespace

void appendWithoutGaps(QList<NetSample> &samples, const NetSample &sample)
{
    if (!samples.isEmpty()) {
        const qint64 last = samples.last().second;
        if (sample.second <= last)
            return;
        // After a sleep of the host the gap may be days: no more of it than is kept.
        qint64 second = std::max(last + 1, sample.second - BoxWatch::MaxSamples);
        for (; second < sample.second; ++second) {
            NetSample silence;
            silence.second = second;
            samples.append(silence);
        }
    }
    samples.append(sample);
    if (samples.size() > BoxWatch::MaxSamples)
        samples.remove(0, samples.size() - BoxWatch::MaxSamples);
}

BoxWatch::BoxWatch(const BoxId &id, std::shared_ptr<BoxOperations> operations, QObject *parent)
    : QObject(parent)
    , m_id(id)
    , m_operations(std::move(operations))
{
    connect(&m_lockTimer, &QTimer::timeout, this, &BoxWatch::lookAtLock);
    follow();
}

QCoro::Task<void> BoxWatch::follow()
{
    // This coroutine may be resumed after the watch was destroyed: nothing of it is touched then.
    const QPointer<BoxWatch> self(this);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const Result<std::shared_ptr<BoxHandle>> opened = co_await operations->connect(m_id);
    if (!self)
        co_return;
    if (!opened) {
        m_lockTimer.start(opened.error().code == ErrorCode::Conflict ? 0ms : RetryLook);
        co_return;
    }
    m_handle = *opened;
    m_phase = Phase::Following;
    connect(m_handle.get(), &BoxHandle::stateChanged, this, &BoxWatch::changed);
    connect(m_handle.get(), &BoxHandle::sampled, this, &BoxWatch::takeSample);
    connect(m_handle.get(), &BoxHandle::closed, this, [this] {
        m_phase = Phase::Closing;
        m_lockTimer.start(ClosingLook);
        Q_EMIT changed();
    });
    const std::shared_ptr<BoxHandle> handle = m_handle;
    const Result<void> subscribed = co_await handle->subscribe(SampleDelivery::EachSecond);
    if (!self)
        co_return;
    if (!subscribed && handle->isOpen())
        qCWarning(logWatch).noquote() << "box" << m_id.toString() + QStringLiteral(":") << subscribed.error();
    const Result<QList<NetSample>> earlier = co_await handle->samples(0);
    if (!self || !earlier)
        co_return;
    const QList<NetSample> since = std::exchange(m_samples, {});
    for (const QList<NetSample> &part : {*earlier, since}) {
        for (const NetSample &sample : part)
            appendWithoutGaps(m_samples, sample);
    }
    Q_EMIT changed();
}

void BoxWatch::describe(BoxSummary &summary) const
{
    summary.lastExit.reset();
    if (m_handle && m_handle->state())
        describeRun(summary, *m_handle->state());
    if (m_phase != Phase::Following)
        summary.state = m_phase == Phase::Connecting ? BoxState::Starting : BoxState::Stopping;
    else if (!m_handle->state())
        summary.state = BoxState::Starting;
}

void BoxWatch::takeSample(const SampleEvent &event)
{
    appendWithoutGaps(m_samples, event.sample);
    Q_EMIT sampled(event.sample);
    Q_EMIT changed();
}

void BoxWatch::lookAtLock()
{
    if (m_operations->directory().liveness(m_id) == Liveness::NoRunner) {
        m_phase = Phase::Ended;
        m_lockTimer.stop();
        Q_EMIT ended();
        return;
    }
    if (m_phase == Phase::Connecting) {
        m_lockTimer.stop();
        follow();
        return;
    }
    m_lockTimer.setInterval(
        std::min<std::chrono::milliseconds>(m_lockTimer.intervalAsDuration() * 2, RetryLook));
}

} // namespace boxgate
