#pragma once

#include "core/base/canceltoken.h"
#include "core/machine/hostcapabilities.h"
#include "core/runner/boottimeline.h"
#include "core/runner/diskpreparation.h"
#include "core/runner/lifecycle.h"
#include "core/runner/machine.h"
#include "core/runner/networkgate.h"
#include "core/runner/runcontext.h"

namespace boxgate {

/// Brings one box from nothing to Ready: disk, accelerator, QEMU, the agent's hello, the guest's
/// configuration.
///
/// The accelerator is proved by the boot: when the guest of one on trial does not say hello in time the next
/// one is tried, and with its hello the first is remembered as failed. Each step is timed. Thread: the main
/// thread. Lifetime: the run's; it owns the machine, also after start() is done. abort() ends start() early.
class Boot : public QObject
{
    Q_OBJECT

public:
    /// From the agent's hello to its Ready: it grows the file system of a large disk under a slow
    /// accelerator.
    static constexpr std::chrono::milliseconds ConfigureLimit{60'000};

    Boot(const RunContext &context, Lifecycle &lifecycle, NetworkGate &network, QObject *parent = nullptr);

    /// Ends when the guest is configured, or cannot be: the machine, if there is one, is then for the caller
    /// to end. Errors   those of the steps, as sentences for the user; Cancelled: abort() was called
    Async<void> start();
    /// The box is to stop: nothing new is begun, and QEMU is killed.
    void abort();

    /// The present attempt's; null before the first.
    Machine *machine() const { return m_machine.get(); }
    /// From Booting on.
    const AcceleratorChoice &accelerator() const { return m_choice; }
    const ImageConfig &image() const { return m_disk.image; }
    const QList<BootStep> &steps() const { return m_timeline.steps(); }
    BootTimeline &timeline() { return m_timeline; }

Q_SIGNALS:
    /// The box has a disk.
    void diskReady();
    /// Accelerator, process or steps changed.
    void progressed();

private:
    Async<void> prepare();
    Async<void> bootWithFallback();
    Async<void> attempt(Descriptor frames);
    Async<void> configure();
    Error attemptError(const Error &error) const;
    bool wasKilled() const;
    AcceleratorExperience experience(AcceleratorExperience::Outcome outcome, const QString &why) const;
    void remember(const AcceleratorExperience &learnt);
    bool isAborted() const { return m_cancel.isCancelled(); }

    const RunContext m_context;
    Lifecycle &m_lifecycle;
    NetworkGate &m_network;
    BootTimeline m_timeline;
    AcceleratorMemory m_memory;
    CancelToken m_cancel;
    HostCapabilities m_host;
    PreparedDisk m_disk;
    AcceleratorChoice m_choice;
    std::unique_ptr<Machine> m_machine;
};

} // namespace boxgate
