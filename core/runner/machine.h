#pragma once

#include "core/guest/guestchannel.h"
#include "core/machine/machineplan.h"
#include "core/machine/qemuprocess.h"
#include "core/machine/qmpclient.h"

namespace boxgate {

/// One QEMU with its channels: what one attempt to boot consists of.
///
/// Thread: the main thread. Lifetime: QEMU dies with it. After ended() the channels are closed and only the
/// console and the exit are of use.
class Machine : public QObject
{
    Q_OBJECT

public:
    explicit Machine(QObject *parent = nullptr);
    ~Machine() override;

    /// frames   QEMU's end of the network engine's socket pair; invalid: the plan has no network
    /// Errors   those of QemuProcess::start(), and Io when no socket is left
    Result<void> launch(const QString &qemu, const MachinePlan &plan, Descriptor frames,
                        const QString &consoleLog);

    /// From launch() on.
    GuestChannel &channel() { return *m_channel; }
    QmpClient &monitor() { return *m_monitor; }

    qint64 pid() const { return m_process.pid(); }
    bool isRunning() const { return m_process.isRunning(); }
    void kill() { m_process.kill(); }
    QByteArray consoleTail() const { return m_process.consoleTail(); }
    const std::optional<QemuExit> &exit() const { return m_exit; }
    /// Waits for QEMU's end, which is known a moment after its channels have closed.
    /// Errors   Timeout: it still runs
    Async<QemuExit> waitForExit(std::chrono::milliseconds limit);

Q_SIGNALS:
    /// Once: QEMU is gone, exit() is set.
    void ended();

private:
    QemuProcess m_process;
    std::unique_ptr<GuestChannel> m_channel;
    std::unique_ptr<QmpClient> m_monitor;
    std::optional<QemuExit> m_exit;
    QList<PendingReply<QemuExit>> m_waiting;
};

} // namespace boxgate
