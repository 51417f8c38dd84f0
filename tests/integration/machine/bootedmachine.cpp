#include "bootedmachine.h"

#include "core/machine/overlaydisk.h"

#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>

namespace boxgate::test {

namespace {

const char *const Applets[] = {"sh",    "cat",  "echo", "ls",   "touch", "mount",
                               "sleep", "date", "sync", "true", "grep"};

} // namespace

MachineHome::MachineHome()
{
    qputenv("BOXGATE_SHARE", BOXGATE_SHARE_DIR);
    const Result<Paths> paths = Paths::locate(m_folder.path());
    if (!paths) {
        m_problem = paths.error().message;
        return;
    }
    m_paths.emplace(*paths);
    const Result<void> prepared = m_paths->prepare();
    m_host = QCoro::waitFor(HostCapabilities::detect(*m_paths));
    m_problem = prepared ? m_host.problems.join(QStringLiteral("; ")) : prepared.error().message;
    if (m_problem.isEmpty())
        m_problem = makeRootDisk();
}

QString MachineHome::makeRootDisk()
{
    const QString tree = file(QStringLiteral("tree"));
    for (const char *folder : {"bin", "dev", "etc", "proc", "sys", "tmp", "run", "root"})
        QDir().mkpath(tree + QLatin1Char('/') + QLatin1String(folder));
    if (!QFile::copy(QStringLiteral("/bin/busybox"), tree + QStringLiteral("/bin/busybox")))
        return QStringLiteral("there is no /bin/busybox: install busybox-static");
    for (const char *applet : Applets)
        QFile::link(QStringLiteral("busybox"), tree + QStringLiteral("/bin/") + QLatin1String(applet));
    QProcess mke2fs;
    mke2fs.start(QStringLiteral("/sbin/mke2fs"),
                 {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ext4"), QStringLiteral("-d"),
                  tree, file(QStringLiteral("root.raw")), QStringLiteral("16M")});
    if (!mke2fs.waitForFinished() || mke2fs.exitCode() != 0)
        return QStringLiteral("mke2fs: %1").arg(QString::fromLocal8Bit(mke2fs.readAllStandardError()));
    OverlayRequest overlay;
    overlay.backing = file(QStringLiteral("root.raw"));
    overlay.overlay = file(QStringLiteral("disk.qcow2"));
    overlay.size = Bytes::fromMebi(256);
    const Result<void> made = QCoro::waitFor(createOverlay(overlay));
    return made ? QString() : made.error().message;
}

MachinePlan MachineHome::plan(Accelerator accelerator) const
{
    MachinePlan plan;
    plan.name = QStringLiteral("boxgate-test");
    plan.architecture = m_host.architecture;
    plan.accelerator = accelerator;
    plan.memory = Bytes::fromMebi(256);
    plan.kernel = m_host.kernel;
    plan.initramfs = m_paths->initramfs();
    plan.tscKilohertz = m_host.tscKilohertz;
    plan.rootDisk = file(QStringLiteral("disk.qcow2"));
    return plan;
}

Result<void> BootedMachine::start(const MachineHome &home, const MachinePlan &plan)
{
    Result<SocketPair> agent = SocketPair::create();
    Result<SocketPair> control = SocketPair::create();
    Result<SocketPair> frames = SocketPair::create();
    if (!agent || !control || !frames)
        return fail(ErrorCode::Io, QStringLiteral("no sockets"));
    QemuProcess::Launch launch;
    launch.program = home.host().qemu->path;
    launch.arguments = qemuArguments(plan);
    launch.consoleLog = home.file(QStringLiteral("console.log"));
    launch.descriptors.push_back({std::move(agent->theirs), machinedescriptor::Agent});
    launch.descriptors.push_back({std::move(control->theirs), machinedescriptor::Qmp});
    if (plan.network) {
        launch.descriptors.push_back({std::move(frames->theirs), machinedescriptor::Network});
        networkEngine = std::move(frames->ours);
    }
    QObject::connect(&qemu, &QemuProcess::ended, &qemu, [this](const QemuExit &exit) { m_exit = exit; });
    clock.start();
    const Result<void> started = qemu.start(std::move(launch));
    BOXGATE_TRY(started);
    monitor = std::make_unique<QmpClient>(std::move(control->ours));
    channel = std::make_unique<GuestChannel>(std::move(agent->ours));
    return {};
}

Result<guest::Ready> BootedMachine::comeUp(const MachinePlan &plan, std::chrono::milliseconds helloLimit,
                                           QList<guest::GuestMount> mounts)
{
    const Result<guest::Hello> hello = QCoro::waitFor(channel->hello(helloLimit));
    BOXGATE_TRY(hello);
    helloAt = clock.elapsed();
    sinceBoot = hello->sinceBoot.count() / 1'000'000;
    guest::Configure configure;
    configure.hostname = "test";
    configure.rootDevice = RootDevice;
    configure.growRoot = true;
    configure.network.enabled = plan.network.has_value();
    if (plan.network)
        configure.network.mtu = quint16(plan.network->mtu);
    configure.network.address = {192, 168, 127, 2};
    configure.network.gateway = {192, 168, 127, 1};
    configure.network.nameServer = {192, 168, 127, 1};
    configure.unixTime = std::chrono::system_clock::now().time_since_epoch();
    configure.mounts.assign(mounts.cbegin(), mounts.cend());
    Result<guest::Ready> ready = QCoro::waitFor(channel->configure(configure, std::chrono::seconds(30)));
    readyAt = clock.elapsed();
    return ready;
}

CommandOutcome BootedMachine::run(const std::vector<std::string> &argv, const QByteArray &input,
                                  std::chrono::milliseconds limit)
{
    CommandOutcome outcome;
    guest::Exec exec;
    exec.argv = argv;
    exec.wantsStdin = !input.isNull();
    Result<std::unique_ptr<GuestProcess>> started = channel->exec(exec);
    if (!started) {
        outcome.failure = started.error().message;
        return outcome;
    }
    GuestProcess *const process = started->get();
    bool isOver = false;
    qsizetype written = 0;
    const auto feed = [&] {
        if (input.isNull())
            return;
        written += process->write(QByteArrayView(input).sliced(written));
        if (written == input.size())
            process->closeInput();
    };
    QObject::connect(process, &GuestProcess::bytesWritable, process, feed);
    QObject::connect(process, &GuestProcess::output, process,
                     [&](guest::Channel channelOf, const QByteArray &bytes) {
                         (channelOf == guest::Channel::Stdout ? outcome.out : outcome.err) += bytes;
                         process->grantCredit(channelOf, bytes.size());
                     });
    QObject::connect(process, &GuestProcess::finished, process, [&](const guest::Exited &exited) {
        outcome.exitCode = exited.signal != 0 ? 128 + exited.signal : exited.exitCode;
        isOver = true;
    });
    QObject::connect(process, &GuestProcess::failed, process, [&](const guest::ExecFailed &failure) {
        outcome.failure = QString::fromStdString(failure.message);
        isOver = true;
    });
    QObject::connect(process, &GuestProcess::lost, process, [&](const Error &error) {
        outcome.failure = error.message;
        isOver = true;
    });
    feed();
    if (!QTest::qWaitFor([&] { return isOver; }, int(limit.count())))
        outcome.failure = QStringLiteral("no end within the limit");
    return outcome;
}

std::optional<QemuExit> BootedMachine::powerOff()
{
    const Result<void> asked = QCoro::waitFor(channel->shutdown(std::chrono::seconds(1)));
    return asked ? waitForEnd(std::chrono::seconds(15)) : std::nullopt;
}

std::optional<QemuExit> BootedMachine::waitForEnd(std::chrono::milliseconds limit)
{
    const bool ended = QTest::qWaitFor([this] { return m_exit.has_value(); }, int(limit.count()));
    return ended ? m_exit : std::nullopt;
}

} // namespace boxgate::test
