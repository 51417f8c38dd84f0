#include "runnerhome.h"

#include "core/machine/accelerator.h"

#include <QFileInfo>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

/// How runs end, and starts that fail: each box with a network switched off, for that is the quickest start.
class TestRunnerEnds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_home = std::make_unique<RunnerHome>(); }
    void boxWithoutNetworkHasNoInterface();
    void mainCommandEndsTheBox();
    void attachMissesNothing();
    void mainCommandThatDoesNotExist();
    void autoRemoveLeavesNothing();
    void stopDeadlines();
    void stopDuringStart();
    void guestPowersItselfOff();
    void guestPanics();
    void killedRunnerTakesQemuAlong();
    void killedQemuIsACrash();
    void termSignalStopsGracefully();
    void unknownBox();
    void garbageKernelFailsTheStart();
    void agentThatNeverAnswers();
    void failedAcceleratorIsRemembered();
    void acceleratorIsNotBlamedForOthersFaults_data();
    void acceleratorIsNotBlamedForOthersFaults();

private:
    /// The box's main command has printed "ready".
    bool waitForReady(const BoxId &id) const;

    std::unique_ptr<RunnerHome> m_home;
};

bool TestRunnerEnds::waitForReady(const BoxId &id) const
{
    return QTest::qWaitFor(
        [&] {
            QFile log(m_home->paths().boxOutputLog(id.toString()));
            return log.open(QIODevice::ReadOnly) && log.readAll().contains("ready\n");
        },
        30'000);
}

void TestRunnerEnds::boxWithoutNetworkHasNoInterface()
{
    const BoxId id = m_home->create(QStringLiteral("offline"),
                                    [](BoxSpec &spec) { spec.network.mode = NetworkMode::Off; });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QVERIFY(!stateOf(*box).hasInterface);
    QVERIFY(!shell(*box, QStringLiteral("ls /sys/class/net")).out.contains("eth0"));
    const Result<QJsonObject> refused = setNetwork(*box, NetworkMode::Open);
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::Conflict);
    QCOMPARE(refused.error().message,
             QStringLiteral("Box offline was started without a network: restart it to add one"));
    QVERIFY(stop(*box, StopParams::Mode::Kill, 0s));
}

void TestRunnerEnds::mainCommandEndsTheBox()
{
    const BoxId id = m_home->create(QStringLiteral("job"), [](BoxSpec &spec) {
        spec.command = command(QStringLiteral("echo to the log; exit 3"));
        spec.network.mode = NetworkMode::Off;
    });
    QVERIFY(m_home->start(id));
    QVERIFY(m_home->waitForEnd(id, 30s));
    const std::optional<ExitRecord> record = m_home->record(id);
    QVERIFY(record && !record->isUnfinished());
    QCOMPARE(record->kind, ExitRecord::Kind::MainCommand);
    QCOMPARE(record->exitCode, 3);
    QFile log(m_home->paths().boxOutputLog(id.toString()));
    QVERIFY(log.open(QIODevice::ReadOnly));
    QCOMPARE(log.readAll(), QByteArray("to the log\n"));
    QVERIFY(!QFileInfo::exists(m_home->paths().controlSocket(id.toString())));
}

void TestRunnerEnds::attachMissesNothing()
{
    const BoxId id = m_home->create(QStringLiteral("attached"), [](BoxSpec &spec) {
        spec.command = command(QStringLiteral("echo first; cat; echo last >&2; exit 9"));
        spec.interactive = true;
        spec.network.mode = NetworkMode::Off;
    });
    QVERIFY(m_home->start(id, {QStringLiteral("--wait-attach")}));
    const auto connection = m_home->connect(id);
    QVERIFY(connection);
    const auto stream =
        connection->makeStream(ControlMethod::Attach, AttachParams{true, false, 0, 0}.toJson());
    const ExecOutcome outcome = follow(*stream, "through the box\n", 60s);
    QVERIFY2(outcome.started, outcome.started ? "" : qPrintable(outcome.started.error().message));
    QCOMPARE(outcome.out, QByteArray("first\nthrough the box\n"));
    QCOMPARE(outcome.err, QByteArray("last\n"));
    QCOMPARE(outcome.exit->status(), 9);
    QVERIFY(m_home->waitForEnd(id, 10s));
}

void TestRunnerEnds::mainCommandThatDoesNotExist()
{
    const BoxId id = m_home->create(QStringLiteral("nosuch"), [](BoxSpec &spec) {
        spec.command = {QStringLiteral("nosuch")};
        spec.network.mode = NetworkMode::Off;
    });
    QVERIFY(m_home->start(id, {QStringLiteral("--wait-attach")}));
    const auto connection = m_home->connect(id);
    const auto stream = connection->makeStream(ControlMethod::Attach, AttachParams().toJson());
    const ExecOutcome outcome = follow(*stream, {}, 60s);
    QVERIFY(!outcome.started);
    QCOMPARE(outcome.started.error().detail, ExecFailure::NotFound);
    QVERIFY(m_home->waitForEnd(id, 10s));
    QCOMPARE(m_home->record(id)->exitCode, 127);
}

void TestRunnerEnds::autoRemoveLeavesNothing()
{
    const BoxId id = m_home->create(QStringLiteral("fleeting"), [](BoxSpec &spec) {
        spec.command = {QStringLiteral("true")};
        spec.autoRemove = true;
        spec.network.mode = NetworkMode::Off;
    });
    QVERIFY(m_home->start(id));
    QVERIFY(QTest::qWaitFor([&] { return !m_home->isStored(id); }, 30'000));
    QTRY_VERIFY(!QFileInfo::exists(m_home->paths().boxDirectory(id.toString())));
    QTRY_VERIFY(!QFileInfo::exists(m_home->paths().controlSocket(id.toString())));
}

void TestRunnerEnds::stopDeadlines()
{
    const BoxId id = m_home->create(QStringLiteral("stubborn"), [](BoxSpec &spec) {
        spec.command = command(QStringLiteral("trap '' TERM HUP INT; echo ready; while :; do sleep 1; done"));
        spec.network.mode = NetworkMode::Off;
    });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QVERIFY(waitForReady(id));
    const qint64 qemu = stateOf(*box).qemuPid;
    QElapsedTimer clock;
    clock.start();
    QVERIFY(stop(*box, StopParams::Mode::Graceful, 2s));
    QVERIFY2(clock.elapsed() < 4000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(!isAlive(qemu));
    QVERIFY(m_home->waitForEnd(id, 3s));
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::Requested);
}

void TestRunnerEnds::stopDuringStart()
{
    const BoxId id = m_home->create(QStringLiteral("hasty"));
    QVERIFY(m_home->start(id));
    const auto connection = m_home->connect(id);
    QVERIFY(connection);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(stop(*connection, StopParams::Mode::Graceful, 10s));
    QVERIFY(clock.elapsed() < 3000);
    QVERIFY(m_home->waitForEnd(id, 3s));
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::Requested);
    // And it starts as if nothing had been.
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QVERIFY(stop(*box, StopParams::Mode::Kill, 0s));
    QVERIFY(m_home->waitForEnd(id, 3s));
    QCOMPARE(m_home->record(id)->exitCode, 137);
}

void TestRunnerEnds::guestPowersItselfOff()
{
    const BoxId id = m_home->create(QStringLiteral("poweroff"),
                                    [](BoxSpec &spec) { spec.network.mode = NetworkMode::Off; });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    shell(*box, QStringLiteral("poweroff -f"));
    QVERIFY(m_home->waitForEnd(id, 15s));
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::GuestPowerOff);
}

void TestRunnerEnds::guestPanics()
{
    const BoxId id =
        m_home->create(QStringLiteral("panic"), [](BoxSpec &spec) { spec.network.mode = NetworkMode::Off; });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    // Without the kernel's sysrq: no memory left, and told to panic then.
    shell(*box,
          QStringLiteral(
              "echo 2 > /proc/sys/vm/panic_on_oom; mkdir /full; mount -t tmpfs -o size=2g none /full; "
              "dd if=/dev/zero of=/full/x bs=1M"));
    QVERIFY(m_home->waitForEnd(id, 30s));
    const std::optional<ExitRecord> record = m_home->record(id);
    QCOMPARE(record->kind, ExitRecord::Kind::Crashed);
    QVERIFY2(record->message.contains(QStringLiteral("panicked")), qPrintable(record->message));
    QVERIFY(record->consoleTail.contains(QStringLiteral("Kernel panic")));
}

void TestRunnerEnds::killedRunnerTakesQemuAlong()
{
    const BoxId id =
        m_home->create(QStringLiteral("orphan"), [](BoxSpec &spec) { spec.network.mode = NetworkMode::Off; });
    auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QCOMPARE(shell(*box, QStringLiteral("echo kept > /data; sync")).exit->status(), 0);
    const RunnerState state = stateOf(*box);
    QSignalSpy closed(box.get(), &ControlConnection::closed);
    QCOMPARE(::kill(pid_t(state.runnerPid), SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(state.qemuPid), 3000);
    QVERIFY(m_home->waitForEnd(id, 3s));
    QTRY_COMPARE(closed.size(), 1);
    QVERIFY(m_home->record(id)->isUnfinished());
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::Crashed);
    box = m_home->startAndWait(id);
    QVERIFY(box);
    QCOMPARE(shell(*box, QStringLiteral("cat /data")).out, QByteArray("kept\n"));
    QVERIFY(stop(*box, StopParams::Mode::Kill, 0s));
}

void TestRunnerEnds::killedQemuIsACrash()
{
    const BoxId id =
        m_home->create(QStringLiteral("shot"), [](BoxSpec &spec) { spec.network.mode = NetworkMode::Off; });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QCOMPARE(::kill(pid_t(stateOf(*box).qemuPid), SIGKILL), 0);
    QVERIFY(m_home->waitForEnd(id, 3s));
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::Crashed);
    QVERIFY(m_home->record(id)->message.contains(QStringLiteral("signal 9")));
}

void TestRunnerEnds::termSignalStopsGracefully()
{
    const BoxId id = m_home->create(QStringLiteral("termed"), [](BoxSpec &spec) {
        spec.command =
            command(QStringLiteral("trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.1; done"));
        spec.network.mode = NetworkMode::Off;
    });
    const auto box = m_home->startAndWait(id);
    QVERIFY(box);
    QVERIFY(waitForReady(id));
    QCOMPARE(::kill(pid_t(stateOf(*box).runnerPid), SIGTERM), 0);
    QVERIFY(m_home->waitForEnd(id, 10s));
    QCOMPARE(m_home->record(id)->kind, ExitRecord::Kind::Requested);
    QCOMPARE(m_home->record(id)->exitCode, 4);
}

void TestRunnerEnds::unknownBox()
{
    const Result<qint64> refused = m_home->start(BoxId::random());
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::NotFound);
}

void TestRunnerEnds::garbageKernelFailsTheStart()
{
    QTemporaryDir folder;
    QFile kernel(folder.filePath(QStringLiteral("vmlinux")));
    QVERIFY(kernel.open(QIODevice::WriteOnly));
    kernel.write(QByteArray(100'000, 'k'));
    kernel.close();
    qputenv("BOXGATE_KERNEL", QFile::encodeName(kernel.fileName()));
    qputenv("BOXGATE_ACCEL", "tcg");
    const BoxId id = m_home->create(QStringLiteral("garbage"));
    const Result<qint64> started = m_home->start(id);
    qunsetenv("BOXGATE_KERNEL");
    qunsetenv("BOXGATE_ACCEL");
    QVERIFY(started);
    const auto connection = m_home->connect(id);
    const auto stream = connection ? connection->makeStream(ControlMethod::Subscribe, {}) : nullptr;
    QVERIFY(m_home->waitForEnd(id, 90s));
    const std::optional<ExitRecord> record = m_home->record(id);
    QCOMPARE(record->kind, ExitRecord::Kind::StartFailed);
    QVERIFY(record->stage == StartStage::Booting);
    qInfo().noquote() << record->message;
}

void TestRunnerEnds::agentThatNeverAnswers()
{
    // A machine that runs and says nothing.
    QTemporaryDir folder;
    QFile mute(folder.filePath(QStringLiteral("qemu")));
    QVERIFY(mute.open(QIODevice::WriteOnly));
    mute.write(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'QEMU emulator version 7.2.0'\nexec sleep 1000\n");
    mute.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    mute.close();
    qputenv("BOXGATE_QEMU", QFile::encodeName(mute.fileName()));
    qputenv("BOXGATE_ACCEL", "tcg");
    const BoxId id = m_home->create(QStringLiteral("mute"));
    const Result<qint64> started = m_home->start(id);
    qunsetenv("BOXGATE_QEMU");
    qunsetenv("BOXGATE_ACCEL");
    QVERIFY(started);
    QTRY_VERIFY(m_home->connect(id) != nullptr);
    const auto connection = m_home->connect(id);
    QTRY_VERIFY(stateOf(*connection).qemuPid > 0);
    const qint64 machine = stateOf(*connection).qemuPid;
    QVERIFY(m_home->waitForEnd(id, 75s));
    const std::optional<ExitRecord> record = m_home->record(id);
    QCOMPARE(record->kind, ExitRecord::Kind::StartFailed);
    QVERIFY(record->stage == StartStage::Booting);
    QVERIFY2(record->message.contains(QStringLiteral("did not answer within 60 s")),
             qPrintable(record->message));
    QVERIFY(!isAlive(machine));
}

namespace {

/// A QEMU that is real but for what the script does when it is called with kvm, or with any accelerator.
struct QemuWrapper
{
    QTemporaryDir folder;

    explicit QemuWrapper(const QByteArray &script)
    {
        QFile file(folder.filePath(QStringLiteral("qemu")));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("no script");
        file.write("#!/bin/sh\n[ \"$1\" = --version ] && exec qemu-system-x86_64 --version\n" + script
                   + "\nexec qemu-system-x86_64 \"$@\"\n");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv("BOXGATE_QEMU", QFile::encodeName(file.fileName()));
    }
    ~QemuWrapper() { qunsetenv("BOXGATE_QEMU"); }
};

} // namespace

void TestRunnerEnds::failedAcceleratorIsRemembered()
{
    if (!acceleratorCandidates().first().present)
        QSKIP("this host has nothing besides tcg to try");
    RunnerHome home;
    const QString tries = home.paths().dataDirectory() + QStringLiteral("/tries");
    const QemuWrapper qemu("case \"$*\" in *'-accel kvm'*) echo x >>" + QFile::encodeName(tries)
                           + "; echo 'failed to set MSR' >&2; exit 1 ;; esac");
    const BoxId id = home.create(QStringLiteral("tried"));
    for (int i = 0; i < 2; ++i) {
        const auto box = home.startAndWait(id);
        QVERIFY(box);
        const RunnerState state = stateOf(*box);
        QCOMPARE(state.accelerator, QStringLiteral("tcg"));
        QVERIFY2(state.acceleratorReason.contains(QStringLiteral("failed to set MSR")),
                 qPrintable(state.acceleratorReason));
        QVERIFY(stop(*box, StopParams::Mode::Kill, 0s));
        QVERIFY(home.waitForEnd(id, 3s));
    }
    QCOMPARE(QFileInfo(tries).size(), qint64(2)); // once: the second start has not paid for it again
}

void TestRunnerEnds::acceleratorIsNotBlamedForOthersFaults_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("QEMU fails with tcg, too")
        << QByteArray("echo 'cannot set up guest memory' >&2; exit 1") << "cannot set up guest memory";
    QTest::newRow("QEMU is killed") << QByteArray("kill -9 $$") << "signal 9";
}

void TestRunnerEnds::acceleratorIsNotBlamedForOthersFaults()
{
    QFETCH(QByteArray, script);
    QFETCH(QString, sentence);
    RunnerHome home;
    const BoxId id = home.create(QStringLiteral("unlucky"));
    {
        const QemuWrapper qemu(script);
        QVERIFY(home.start(id));
        QVERIFY(home.waitForEnd(id, 30s));
    }
    const std::optional<ExitRecord> record = home.record(id);
    QCOMPARE(record->kind, ExitRecord::Kind::StartFailed);
    QVERIFY2(record->message.contains(sentence), qPrintable(record->message));
    QVERIFY(!QFileInfo::exists(home.paths().acceleratorMemory()));
}

QTEST_GUILESS_MAIN(TestRunnerEnds)
#include "tst_runnerends.moc"
