#include "core/runner/boot.h"

#include "core/runner/exitcause.h"
#include "core/runner/guestsetup.h"

#include <QLoggingCategory>
#include <QRandomGenerator>

#include <array>
#include <csignal>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logBoot, "boxgate.runner.boot")

/// 256 bits of entropy for the guest's pool, which has no other source until its rng device is read.
constexpr int SeedWords = 8;

/// From the closed channel to QEMU's exit.
constexpr std::chrono::milliseconds ExitGrace{1000};

QByteArray freshSeed()
{
    std::array<quint32, SeedWords> words{};
    QRandomGenerator::system()->fillRange(words.data(), qsizetype(words.size()));
    return QByteArray(reinterpret_cast<const char *>(words.data()), sizeof words);
}

std::chrono::nanoseconds unixTime() { return std::chrono::system_clock::now().time_since_epoch(); }

Error aborted() { return Error{ErrorCode::Cancelled, QStringLiteral("The start was ended by a stop"), {}}; }

} // namespace

Boot::Boot(const RunContext &context, Lifecycle &lifecycle, NetworkGate &network, QObject *parent)
    : QObject(parent)
    , m_context(context)
    , m_lifecycle(lifecycle)
    , m_network(network)
    , m_memory(context.paths.acceleratorMemory())
{ }

Async<void> Boot::start()
{
    const Result<void> prepared = co_await prepare();
    BOXGATE_CO_TRY(prepared);
    if (isAborted())
        co_return fail(aborted());
    m_lifecycle.apply(BoxEvent::Prepared);
    const Result<void> booted = co_await bootWithFallback();
    if (isAborted())
        co_return fail(aborted());
    BOXGATE_CO_TRY(booted);
    m_lifecycle.apply(BoxEvent::AgentHello);
    const Result<void> configured = co_await configure();
    if (isAborted())
        co_return fail(aborted());
    co_return configured;
}

void Boot::abort()
{
    m_cancel.cancel();
    if (m_machine)
        m_machine->kill();
}

Async<void> Boot::prepare()
{
    // Both at once: the look at the host waits for programs, the disk for a thread.
    QCoro::Task<HostCapabilities> looking = HostCapabilities::detect(m_context.paths);
    Async<PreparedDisk> making = prepareDisk(m_context.paths, m_context.id, m_context.spec, m_cancel);
    const HostCapabilities host = co_await looking;
    const Result<PreparedDisk> disk = co_await making;
    m_host = host;
    if (!m_host.problems.isEmpty())
        co_return fail(ErrorCode::Unavailable, m_host.problems.first(), m_host.problems.join(u'\n'));
    BOXGATE_CO_TRY(disk);
    m_disk = *disk;
    m_timeline.done(QStringLiteral("disk"));
    Q_EMIT diskReady();
    const Result<AcceleratorChoice> choice = m_host.chooseAccelerator(m_memory);
    BOXGATE_CO_TRY(choice);
    m_choice = *choice;
    co_return {};
}

Async<void> Boot::bootWithFallback()
{
    // Remembered once another accelerator has booted the same box: until then it may be the box's fault, or
    // the host's that is short of memory.
    QList<AcceleratorExperience> failures;
    while (true) {
        m_machine.reset();
        // What is wrong with the network is not the accelerator's fault.
        Descriptor frames;
        if (m_network.hasInterface()) {
            Result<Descriptor> started = m_network.start();
            BOXGATE_CO_TRY(started);
            frames = std::move(*started);
        }
        const Result<void> booted = co_await attempt(std::move(frames));
        if (booted) {
            failures.append(experience(AcceleratorExperience::Outcome::Works, {}));
            for (const AcceleratorExperience &learnt : std::as_const(failures))
                remember(learnt);
            co_return {};
        }
        if (!m_choice.onTrial || isAborted() || wasKilled())
            co_return booted;
        qCWarning(logBoot).noquote() << QStringLiteral("box %1: %2 does not work here: %3")
                                            .arg(m_context.spec.name, toString(m_choice.accelerator),
                                                 booted.error().message);
        failures.append(experience(AcceleratorExperience::Outcome::Failed, booted.error().message));
        const Result<AcceleratorChoice> another = m_host.chooseAccelerator(m_memory, failures);
        BOXGATE_CO_TRY(another);
        m_choice = *another;
        m_timeline.done(QStringLiteral("accelerator-fallback"));
    }
}

Async<void> Boot::attempt(Descriptor frames)
{
    const MachinePlan plan =
        MachinePlan::forBox(m_context.spec, m_context.id.toString(), m_host, m_choice.accelerator,
                            m_disk.disk, m_context.paths.initramfs());
    m_machine = std::make_unique<Machine>();
    const QString console = m_context.paths.boxConsoleLog(m_context.id.toString());
    const Result<void> launched = m_machine->launch(m_host.qemu->path, plan, std::move(frames), console);
    BOXGATE_CO_TRY(launched);
    m_timeline.done(QStringLiteral("qemu"));
    Q_EMIT progressed();
    const Result<guest::Hello> hello = co_await m_machine->channel().hello(m_choice.helloLimit);
    if (!hello) {
        // A closed channel mostly is QEMU's end: how it ended is part of the sentence.
        if (hello.error().code != ErrorCode::Timeout)
            const Result<QemuExit> exit = co_await m_machine->waitForExit(ExitGrace);
        const Error error = attemptError(hello.error());
        m_machine->kill();
        co_return fail(error);
    }
    m_timeline.done(QStringLiteral("hello"));
    co_return {};
}

Async<void> Boot::configure()
{
    const guest::Configure configuration =
        guestConfiguration(m_context.spec, m_network.hasInterface(), unixTime(), freshSeed());
    const Result<guest::Ready> ready = co_await m_machine->channel().configure(configuration, ConfigureLimit);
    BOXGATE_CO_TRY(ready);
    m_timeline.done(QStringLiteral("ready"));
    for (const guest::StageTime &stage : ready->stages) {
        qCInfo(logBoot).noquote() << QStringLiteral("guest: %1 took %2 ms")
                                         .arg(QString::fromStdString(stage.stage).left(64))
                                         .arg(double(stage.took.count()) / 1e6, 0, 'f', 1);
    }
    co_return {};
}

Error Boot::attemptError(const Error &error) const
{
    const QString console = printableTail(m_machine->consoleTail());
    RunEnd end;
    end.qemu = m_machine->exit();
    end.consoleTail = console;
    const bool panicked = console.contains(QLatin1String("Kernel panic"));
    if (panicked || (end.qemu && !end.qemu->isClean()))
        return Error{ErrorCode::Unavailable, concludeRun(end).message, error.message};
    if (error.code != ErrorCode::Timeout) {
        return Error{ErrorCode::Unavailable, QStringLiteral("The guest ended before its agent answered"),
                     error.message + u'\n' + error.detail};
    }
    const QString cause = console.isEmpty()
        ? QStringLiteral("its kernel printed nothing, so the kernel or %1 does not work")
              .arg(toString(m_choice.accelerator))
        : QStringLiteral("see 'boxgate logs --console %1'").arg(m_context.spec.name);
    return Error{ErrorCode::Timeout,
                 QStringLiteral("The guest's agent did not answer within %1 s: %2")
                     .arg(std::chrono::duration_cast<std::chrono::seconds>(m_choice.helloLimit).count())
                     .arg(cause),
                 error.detail};
}

/// By somebody else, who is to blame then, and no accelerator.
bool Boot::wasKilled() const
{
    const std::optional<QemuExit> exit = m_machine ? m_machine->exit() : std::nullopt;
    return exit && exit->signal == SIGKILL;
}

AcceleratorExperience Boot::experience(AcceleratorExperience::Outcome outcome, const QString &why) const
{
    return AcceleratorExperience{m_choice.accelerator, outcome, QDateTime::currentDateTimeUtc(), why};
}

void Boot::remember(const AcceleratorExperience &learnt)
{
    const Result<void> remembered = m_memory.remember(m_host.acceleratorContext(), learnt);
    if (!remembered)
        qCWarning(logBoot) << remembered.error();
}

} // namespace boxgate
