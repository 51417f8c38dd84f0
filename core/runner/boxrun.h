#pragma once

#include "core/control/controlmessages.h"
#include "core/runner/boot.h"
#include "core/runner/diskwatch.h"
#include "core/runner/execrouter.h"
#include "core/runner/exitcause.h"
#include "core/runner/maincommand.h"
#include "core/runner/sleepwatch.h"
#include "core/runner/trafficrecorder.h"
#include "core/runner/usagesampler.h"

namespace boxgate {

/// One run of one box, from its start to its end: lets the lifecycle's events happen and does what each state
/// asks for.
///
///     Preparing, Booting, Configuring   Boot works; a stop aborts it
///     Running                           commands are taken; the main command runs
///     Stopping                          the guest was asked to power off, or QEMU was killed; a timer kills
///     it at the deadline Ended                             QEMU is gone: ended() was emitted, record() says
///     how
/// Thread: the main thread. Lifetime: after ended(), await shutdown() before destroying it.
class BoxRun : public QObject
{
    Q_OBJECT

public:
    /// With RunContext::MainStart::AfterAttach: how long after Ready a client is waited for.
    static constexpr std::chrono::milliseconds AttachLimit{10'000};
    /// What the guest's other processes get to end once the main command has.
    static constexpr std::chrono::milliseconds AfterMainDeadline{5'000};

    explicit BoxRun(const RunContext &context, QObject *parent = nullptr);
    ~BoxRun() override;

    void begin();
    /// Stops the box; a second, more urgent request shortens the first.
    void stop(const StopParams &params);
    /// No client that could attach is left: the main command is waited for no longer.
    void expectNoAttach();
    /// Errors   as NetworkGate::apply()
    Result<void> applyNetwork(const NetworkParams &params);

    RunState runState() const { return m_lifecycle.state(); }
    RunnerState snapshot() const;
    NetworkGate &network() { return m_network; }
    MainCommand &mainCommand() { return m_main; }
    UsageSampler &usage() { return m_usage; }
    /// Null while the guest takes no commands.
    ExecRouter *commands() { return m_commands.get(); }

    /// How it ended; without times. After ended().
    ExitRecord record() const { return concludeRun(m_end); }

    QCoro::Task<void> shutdown();

Q_SIGNALS:
    /// Something in snapshot() but counters and usage has changed.
    void changed();
    void diskReady();
    /// Once: QEMU is gone, or never came.
    void ended();

private:
    Async<void> drive();
    void startFailed(const Error &error);
    void becomeReady();
    void watchGuest();
    void startMain();
    void mainEnded();
    void channelClosed(const Error &error);
    void powerOff(std::chrono::milliseconds deadline);
    Async<void> askForPowerOff(std::chrono::milliseconds grace, std::chrono::milliseconds limit);
    void kill();
    void endIfGone();

    const RunContext m_context;
    const QDateTime m_startedAt = QDateTime::currentDateTimeUtc();
    Lifecycle m_lifecycle;
    NetworkGate m_network;
    TrafficRecorder m_traffic;
    Boot m_boot;
    MainCommand m_main;
    UsageSampler m_usage;
    SleepWatch m_sleepWatch;
    std::unique_ptr<ExecRouter> m_commands;
    std::unique_ptr<DiskWatch> m_diskWatch; ///< from Ready on
    QTimer m_killTimer;
    QTimer m_attachTimer;
    RunEnd m_end;
    int m_guestLines = 0;
    TaskScope m_tasks;
    TaskScope m_driving; ///< Boot; while it runs, the end of a QEMU is Boot's affair
};

} // namespace boxgate
