#pragma once

#include "core/guest/guestchannel.h"
#include "core/machine/hostcapabilities.h"
#include "core/machine/qemuprocess.h"
#include "core/machine/qmpclient.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

namespace boxgate::test {

/// What a command in the guest left.
struct CommandOutcome
{
    int exitCode = -1; ///< -1: it did not start, or the channel closed
    QByteArray out;
    QByteArray err;
    QString failure; ///< why it did not start
};

/// The host's folder for one machine, and a root disk of the distribution's static busybox.
class MachineHome
{
public:
    MachineHome();

    /// Empty: all is well.
    QString problem() const { return m_problem; }
    const Paths &paths() const { return *m_paths; }
    const HostCapabilities &host() const { return m_host; }
    QString file(const QString &name) const { return m_folder.filePath(name); }
    MachinePlan plan(Accelerator accelerator) const;

private:
    QString makeRootDisk();

    QTemporaryDir m_folder;
    std::optional<Paths> m_paths;
    HostCapabilities m_host;
    QString m_problem;
};

/// One real QEMU with everything that belongs to it. Times are milliseconds since start().
class BootedMachine
{
public:
    /// network   the network engine's end of the card's socket, kept open here; the card itself is the plan's
    Result<void> start(const MachineHome &home, const MachinePlan &plan);

    /// Hello and Configure, the limit from the accelerator's choice.
    Result<guest::Ready> comeUp(const MachinePlan &plan, std::chrono::milliseconds helloLimit,
                                QList<guest::GuestMount> mounts = {});

    /// Runs a command to its end; input is its standard input, all of it.
    CommandOutcome run(const std::vector<std::string> &argv, const QByteArray &input = {},
                       std::chrono::milliseconds limit = std::chrono::seconds(60));

    /// Asks for a power-off and waits for QEMU's end.
    std::optional<QemuExit> powerOff();
    std::optional<QemuExit> waitForEnd(std::chrono::milliseconds limit);

    QemuProcess qemu;
    std::unique_ptr<QmpClient> monitor;
    std::unique_ptr<GuestChannel> channel;
    Descriptor networkEngine;
    QElapsedTimer clock;
    qint64 sinceBoot = 0; ///< of the hello, by the guest's clock
    qint64 helloAt = 0;
    qint64 readyAt = 0;

private:
    std::optional<QemuExit> m_exit;
};

} // namespace boxgate::test
