#pragma once

#include "core/base/taskscope.h"
#include "core/client/boxhandle.h"
#include "core/client/boxoperations.h"

#include <QTimer>

namespace boxgate {

/// Follows one box from the moment its lock is held until nobody holds it any more: what its runner says, and
/// its traffic.
///
/// Thread: the main thread. Lifetime: owned by LocalBoxService, which waits for ended() before it drops it;
/// destroying it earlier is safe. Connecting is tried again until the lock is free, so a runner that hangs at
/// its start is followed once it listens.
class BoxWatch : public QObject
{
    Q_OBJECT

public:
    BoxWatch(const BoxId &id, std::shared_ptr<BoxOperations> operations, QObject *parent = nullptr);

    /// Adds what the runner said last to what the disk tells.
    void describe(BoxSummary &summary) const;
    const QList<NetSample> &samples() const { return m_samples; }

    /// An hour of seconds.
    static constexpr qsizetype MaxSamples = 3600;

Q_SIGNALS:
    void changed();
    void sampled(const boxgate::NetSample &sample);
    /// The lock is free. Once.
    void ended();

private:
    enum class Phase
    {
        Connecting, ///< the lock is held; no answer yet; ends in Following or Ended
        Following, ///< states and samples come; ends in Closing
        Closing, ///< the runner closed the connection; ends in Ended when the lock is free
        Ended ///< final
    };

    QCoro::Task<void> follow();
    void takeSample(const SampleEvent &event);
    void lookAtLock();

    const BoxId m_id;
    const std::shared_ptr<BoxOperations>
        m_operations; ///< its coroutines share it: they may outlive the watch
    std::shared_ptr<BoxHandle> m_handle;
    Phase m_phase = Phase::Connecting;
    QList<NetSample> m_samples;
    QTimer m_lockTimer;
};

/// Appends a second and fills the seconds that are missing before it with zero; forgets what is older than an
/// hour. Pure.
void appendWithoutGaps(QList<NetSample> &samples, const NetSample &sample);

} // namespace boxgate
