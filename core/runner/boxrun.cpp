#include "core/runner/boxrun.h"

#include "core/image/imagecommand.h"

#include <QCoreApplication>
#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logRun, "boxgate.runner.run")

/// Lines of the guest's agent in the runner's log; a hostile guest must not fill the disk.
constexpr int MaxGuestLines = 1000;
/// Between the end of the agent's channel and QEMU's: a power-off under tcg takes some 0.2 s.
constexpr std::chrono::milliseconds PowerOffLimit{5000};

CommandDefaults defaultsOf(const Boot &boot, const BoxSpec &spec)
{
    return CommandDefaults::of(boot.image(), spec);
}

} // namespace

BoxRun::BoxRun(const RunContext &context, QObject *parent)
    : QObject(parent)
    , m_context(context)
    , m_lifecycle(context.spec.name)
    , m_network(context.spec.name, context.spec.network, context.paths.boxCapture(context.id.toString()))
    , m_traffic(m_network, context.paths.boxTraffic(context.id.toString()))
    , m_boot(context, m_lifecycle, m_network)
    , m_main(context.spec, context.paths.boxOutputLog(context.id.toString()))
{
    m_killTimer.setSingleShot(true);
    connect(&m_killTimer, &QTimer::timeout, this, [this] {
        qCInfo(logRun) << "box" << m_context.spec.name << "did not power off in time: it is killed";
        kill();
    });
    m_attachTimer.setSingleShot(true);
    connect(&m_attachTimer, &QTimer::timeout, this, &BoxRun::startMain);
    connect(&m_lifecycle, &Lifecycle::changed, this, &BoxRun::changed);
    connect(&m_boot, &Boot::progressed, this, &BoxRun::changed);
    connect(&m_boot, &Boot::diskReady, this, &BoxRun::diskReady);
    connect(&m_main, &MainCommand::ended, this, &BoxRun::mainEnded);
    connect(&m_main, &MainCommand::attached, this, [this] {
        if (m_attachTimer.isActive())
            startMain();
    });
}

BoxRun::~BoxRun() = default;

void BoxRun::begin()
{
    m_traffic.begin();
    m_driving.spawn(QStringLiteral("start"), drive());
}

Async<void> BoxRun::drive()
{
    const Result<void> started = co_await m_boot.start();
    // The scope counts this task until it returns: the rest comes from the event loop.
    QMetaObject::invokeMethod(
        this,
        [this, started] {
            if (started)
                becomeReady();
            else
                startFailed(started.error());
            endIfGone();
        },
        Qt::QueuedConnection);
    co_return {};
}

void BoxRun::startFailed(const Error &error)
{
    const RunState state = m_lifecycle.state();
    if (state != RunState::Stopping && state != RunState::Ended) {
        qCWarning(logRun) << "box" << m_context.spec.name << "did not start:" << error;
        m_end.startFailure = RunEnd::StartFailure{startStageOf(state), error};
        m_lifecycle.apply(BoxEvent::StartFailed);
    }
    m_main.giveUp(error);
    kill();
    if (m_boot.machine())
        connect(m_boot.machine(), &Machine::ended, this, &BoxRun::endIfGone);
}

void BoxRun::becomeReady()
{
    watchGuest();
    if (!m_lifecycle.apply(BoxEvent::AgentReady)) {
        kill();
        return;
    }
    Machine &machine = *m_boot.machine();
    m_commands = std::make_unique<ExecRouter>(machine.channel(), defaultsOf(m_boot, m_context.spec));
    m_usage.begin(machine.channel(), machine.pid());
    m_main.setCommand(boxgate::mainCommand(m_boot.image(), m_context.spec));
    if (!m_main.exists())
        return;
    if (m_context.mainStart == RunContext::MainStart::AtOnce || m_main.hasClients())
        startMain();
    else
        m_attachTimer.start(AttachLimit);
}

void BoxRun::watchGuest()
{
    Machine *const machine = m_boot.machine();
    GuestChannel *const channel = &machine->channel();
    connect(machine, &Machine::ended, this, &BoxRun::endIfGone);
    const QString directory = m_context.paths.boxDirectory(m_context.id.toString());
    m_diskWatch = std::make_unique<DiskWatch>(machine->monitor(), directory);
    connect(m_diskWatch.get(), &DiskWatch::changed, this, &BoxRun::changed);
    connect(channel, &GuestChannel::closed, this, &BoxRun::channelClosed);
    connect(channel, &GuestChannel::shuttingDown, this, [this] {
        if (m_lifecycle.state() == RunState::Running)
            m_end.guestPowersOff = true;
    });
    connect(channel, &GuestChannel::logged, this, [this](const QString &line) {
        if (++m_guestLines <= MaxGuestLines)
            qCInfo(logRun).noquote() << "guest:" << printableTail(line.toUtf8());
    });
    connect(&m_sleepWatch, &SleepWatch::awoke, channel, [channel](std::chrono::milliseconds slept) {
        qCInfo(logRun) << "the host slept for" << slept.count() << "ms: the guest's clock is set";
        channel->setClock(std::chrono::system_clock::now().time_since_epoch());
    });
    // What happened before there was somebody to listen.
    if (channel->isClosed())
        channelClosed(Error{ErrorCode::Unavailable, QStringLiteral("The guest closed its channel"), {}});
}

void BoxRun::expectNoAttach()
{
    if (m_attachTimer.isActive())
        startMain();
}

void BoxRun::startMain()
{
    m_attachTimer.stop();
    if (m_lifecycle.state() != RunState::Running || m_main.isStarted())
        return;
    m_main.start(m_boot.machine()->channel(), defaultsOf(m_boot, m_context.spec),
                 signalNumber(m_boot.image().stopSignal));
    m_boot.timeline().done(QStringLiteral("main-command"));
    Q_EMIT changed();
}

void BoxRun::mainEnded()
{
    m_end.mainStatus = m_main.status();
    m_end.mainFailure = m_main.failure();
    const bool first = m_lifecycle.state() == RunState::Running && !m_end.guestPowersOff;
    if (first)
        m_end.mainEndedFirst = true;
    if (!m_lifecycle.apply(BoxEvent::MainCommandEnded) || !first)
        return;
    m_boot.timeline().done(QStringLiteral("main-command-ended"));
    // A disk that is removed with the box needs no orderly end.
    if (m_context.spec.autoRemove)
        kill();
    else
        powerOff(AfterMainDeadline);
}

Result<void> BoxRun::applyNetwork(const NetworkParams &params)
{
    const Result<void> applied = m_network.apply(params.network, params.existing);
    if (applied)
        Q_EMIT changed();
    return applied;
}

RunnerState BoxRun::snapshot() const
{
    const Machine *const machine = m_boot.machine();
    RunnerState state;
    state.state = boxStateOf(m_lifecycle.state());
    state.stage = startStageOf(m_lifecycle.state());
    if (machine) {
        state.accelerator = toString(m_boot.accelerator().accelerator);
        state.acceleratorReason = m_boot.accelerator().reason;
        state.qemuPid = machine->isRunning() ? machine->pid() : 0;
    }
    state.startedAt = m_startedAt;
    state.runnerPid = QCoreApplication::applicationPid();
    state.counters = m_network.counters();
    state.usage = m_usage.usage();
    state.network = m_network.spec();
    state.openedUntil = m_network.openedUntil();
    state.ports = m_network.openPorts();
    state.hasInterface = m_network.hasInterface();
    state.boot = m_boot.steps();
    state.tty = m_context.spec.tty;
    state.command = m_main.command();
    state.problem = m_diskWatch ? m_diskWatch->problem() : QString();
    return state;
}

void BoxRun::stop(const StopParams &params)
{
    const RunState before = m_lifecycle.state();
    if (!m_lifecycle.apply(BoxEvent::StopRequested))
        return;
    if (before != RunState::Stopping)
        m_end.stopRequested = true;
    const bool graceful = params.mode == StopParams::Mode::Graceful && params.deadline.count() > 0;
    if (before == RunState::Preparing || before == RunState::Booting || before == RunState::Configuring)
        m_boot.abort();
    else if (!graceful)
        kill();
    else if (before == RunState::Running)
        powerOff(params.deadline);
    else if (!m_killTimer.isActive() || m_killTimer.remainingTimeAsDuration() > params.deadline)
        m_killTimer.start(params.deadline);
}

void BoxRun::powerOff(std::chrono::milliseconds deadline)
{
    m_killTimer.start(deadline);
    // The last quarter is for SIGKILL, unmounting and the power-off itself.
    m_tasks.spawn(QStringLiteral("power-off"), askForPowerOff(deadline * 3 / 4, deadline));
}

Async<void> BoxRun::askForPowerOff(std::chrono::milliseconds grace, std::chrono::milliseconds limit)
{
    const Result<void> asked = co_await m_boot.machine()->channel().shutdown(grace, limit);
    co_return asked;
}

void BoxRun::kill()
{
    if (m_boot.machine())
        m_boot.machine()->kill();
}

void BoxRun::channelClosed(const Error &error)
{
    m_end.channelError = error;
    m_commands.reset();
    if (error.code == ErrorCode::Protocol) {
        qCWarning(logRun) << "box" << m_context.spec.name << "is ended:" << error;
        kill();
    } else if (!m_killTimer.isActive()) {
        // A guest without its agent is of no use; most are in the middle of a power-off or a panic.
        m_killTimer.start(PowerOffLimit);
    }
}

void BoxRun::endIfGone()
{
    Machine *const machine = m_boot.machine();
    if (machine && machine->isRunning())
        return;
    if (m_lifecycle.state() != RunState::Ended && !m_lifecycle.apply(BoxEvent::GuestEnded))
        return;
    if (machine) {
        m_end.qemu = machine->exit();
        m_end.consoleTail = printableTail(machine->consoleTail());
    }
    m_killTimer.stop();
    m_commands.reset();
    m_main.giveUp(
        Error{ErrorCode::Unavailable, QStringLiteral("Box %1 has ended").arg(m_context.spec.name), {}});
    m_traffic.finish();
    m_network.stop();
    Q_EMIT ended();
}

QCoro::Task<void> BoxRun::shutdown()
{
    m_attachTimer.stop();
    co_await m_usage.shutdown();
    if (m_diskWatch)
        co_await m_diskWatch->shutdown();
    co_await m_tasks.join();
    co_await m_driving.join();
}

} // namespace boxgate
