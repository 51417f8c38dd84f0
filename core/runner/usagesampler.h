#pragma once

#include "core/base/taskscope.h"
#include "core/model/netsample.h"

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace boxgate {

class GuestChannel;

/// What a running box uses: the guest's own figures from the agent, and the processor time of QEMU and this
/// runner.
///
/// Asks only while somebody looks, so that an idle box stays idle: setWatched().
/// Thread: the main thread. Lifetime: the run's; await shutdown() before its end.
class UsageSampler : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds Interval{3000};

    explicit UsageSampler(QObject *parent = nullptr);

    /// From Ready on. qemuPid  whose processor time counts beside this process's
    void begin(GuestChannel &channel, qint64 qemuPid);

    enum class Watch
    {
        Nobody,
        Somebody
    };
    void setWatched(Watch watch);

    /// At most Interval old while somebody watches.
    const BoxUsage &usage() const { return m_usage; }

    /// Asks the agent now.
    /// Errors   Conflict: the box is not running yet; those of GuestChannel::usage()
    Async<BoxUsage> refresh();

    QCoro::Task<void> shutdown();

private:
    void ask();
    void measureProcessor();

    QPointer<GuestChannel> m_channel;
    qint64 m_qemuPid = 0;
    QTimer m_timer;
    QElapsedTimer m_sinceMeasured;
    std::optional<std::chrono::milliseconds> m_processorTime;
    BoxUsage m_usage;
    TaskScope m_tasks;
};

} // namespace boxgate
