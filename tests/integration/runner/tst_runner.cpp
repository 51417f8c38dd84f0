#include "runnerhome.h"

#include "core/base/filelock.h"

#include <QCryptographicHash>
#include <QDir>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <csignal>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

QByteArray sha256(const QByteArray &bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
}

/// Sends bytes to whoever connects, for ever.
struct EndlessServer
{
    QTcpServer server;
    qint64 sent = 0;

    EndlessServer()
    {
        server.listen(QHostAddress::LocalHost);
        QObject::connect(&server, &QTcpServer::newConnection, &server, [this] {
            QTcpSocket *const socket = server.nextPendingConnection();
            const auto pour = [this, socket] {
                if (socket->bytesToWrite() == 0)
                    sent += socket->write(QByteArray(65536, 'd'));
            };
            QObject::connect(socket, &QTcpSocket::bytesWritten, socket, pour);
            pour();
        });
    }
    QString fetch(const QString &rest) const
    {
        // Its input stays open: at its end nc would shut its side, and the server's socket close with it.
        return QStringLiteral("busybox mkfifo /open 2>/dev/null; nc 192.168.127.254 %1 0<>/open %2")
            .arg(server.serverPort())
            .arg(rest);
    }
};

} // namespace

class TestRunner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void idleBoxTakesCommands();
    void streamsAreSeparate();
    void failuresOfExec_data();
    void failuresOfExec();
    void hundredMegabytesBothWays();
    void fiftyCommandsAtOnce();
    void unreadCommandStopsNobody();
    void clientThatGoesAwayHangsUp();
    void terminal();
    void networkOffAndOn();
    void usageAndSamples();
    void twoStartsAtOnce();
    void diskOutlivesARestart();
    void lostDiskIsSaid();

private:
    std::unique_ptr<RunnerHome> m_home;
    BoxId m_idle;
    std::unique_ptr<ControlConnection> m_box;
};

void TestRunner::initTestCase()
{
    m_home = std::make_unique<RunnerHome>();
    m_idle = m_home->create(QStringLiteral("idle"));
    m_box = m_home->startAndWait(m_idle);
    QVERIFY(m_box);
}

void TestRunner::idleBoxTakesCommands()
{
    const RunnerState state = stateOf(*m_box);
    QVERIFY(state.state == BoxState::Running);
    QVERIFY(!state.accelerator.isEmpty() && !state.acceleratorReason.isEmpty());
    QVERIFY(isAlive(state.runnerPid) && isAlive(state.qemuPid));
    QVERIFY(!state.boot.isEmpty());
    QVERIFY(FileLock::isHeld(m_home->paths().boxLock(m_idle.toString())));
    QCOMPARE(shell(*m_box, QStringLiteral("hostname")).out, QByteArray("idle\n"));
    QCOMPARE(shell(*m_box, QStringLiteral("cat /proc/1/comm")).exit->exitCode, 0);
}

void TestRunner::streamsAreSeparate()
{
    const ExecOutcome outcome = shell(*m_box, QStringLiteral("echo out; echo err >&2; exit 7"));
    QCOMPARE(outcome.out, QByteArray("out\n"));
    QCOMPARE(outcome.err, QByteArray("err\n"));
    QVERIFY(outcome.exit);
    QCOMPARE(outcome.exit->status(), 7);
    QCOMPARE(shell(*m_box, QStringLiteral("kill -TERM $$")).exit->status(), 143);
}

void TestRunner::failuresOfExec_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("directory");
    QTest::addColumn<QString>("detail");

    const QStringList yes{QStringLiteral("true")};
    QTest::newRow("no such program") << QStringList{QStringLiteral("nosuch")} << ""
                                     << "" << ExecFailure::NotFound;
    QTest::newRow("a directory") << QStringList{QStringLiteral("/tmp")} << ""
                                 << "" << ExecFailure::NotExecutable;
    QTest::newRow("no such user") << yes << "nobodyhere"
                                  << "" << ExecFailure::NoUser;
    QTest::newRow("no such directory") << yes << ""
                                       << "/no/such" << ExecFailure::NoDirectory;
}

void TestRunner::failuresOfExec()
{
    QFETCH(QStringList, argv);
    QFETCH(QString, user);
    QFETCH(QString, directory);
    QFETCH(QString, detail);
    ExecParams params;
    params.command = argv;
    params.user = user;
    params.workingDirectory = directory;
    const ExecOutcome outcome = exec(*m_box, params);
    QVERIFY(!outcome.started);
    QVERIFY(outcome.started.error().code == ErrorCode::NotFound);
    QCOMPARE(outcome.started.error().detail, detail);
}

void TestRunner::hundredMegabytesBothWays()
{
    QByteArray input(100'000'000, Qt::Uninitialized);
    QRandomGenerator(5).fillRange(reinterpret_cast<quint32 *>(input.data()), input.size() / 4);
    ExecParams params;
    params.command = {QStringLiteral("cat")};
    params.wantsStdin = true;
    QElapsedTimer clock;
    clock.start();
    const ExecOutcome outcome = exec(*m_box, params, input, 240s);
    qInfo() << "100 MB both ways in" << clock.elapsed() << "ms";
    QVERIFY(outcome.exit);
    QCOMPARE(outcome.exit->status(), 0);
    QCOMPARE(outcome.out.size(), input.size());
    QCOMPARE(sha256(outcome.out), sha256(input));
}

void TestRunner::fiftyCommandsAtOnce()
{
    struct Command
    {
        std::unique_ptr<ControlConnection> connection;
        std::unique_ptr<ControlStream> stream;
        QByteArray out;
        bool ended = false;
    };
    std::vector<Command> commands(50);
    int running = int(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) {
        Command &one = commands[i];
        one.connection = m_home->connect(m_idle);
        QVERIFY(one.connection);
        ExecParams params;
        params.command = command(QStringLiteral("sleep 0.2; echo %1").arg(i));
        one.stream = one.connection->makeStream(ControlMethod::Exec, params.toJson());
        connect(one.stream.get(), &ControlStream::dataReceived, this,
                [&one](ControlChannel, const QByteArray &bytes) { one.out += bytes; });
        connect(one.stream.get(), &ControlStream::eventReceived, this, [&running] { --running; });
    }
    std::vector<Async<QJsonObject>> started;
    for (Command &one : commands)
        started.push_back(one.stream->open(30s));
    for (Async<QJsonObject> &one : started)
        QVERIFY(QCoro::waitFor(one));
    QTRY_COMPARE_WITH_TIMEOUT(running, 0, 60'000);
    for (std::size_t i = 0; i < commands.size(); ++i)
        QCOMPARE(commands[i].out, QByteArray::number(int(i)) + '\n');
}

void TestRunner::unreadCommandStopsNobody()
{
    const auto other = m_home->connect(m_idle);
    ExecParams params;
    params.command = {QStringLiteral("yes")};
    const auto flood = other->makeStream(ControlMethod::Exec, params.toJson());
    qsizetype got = 0;
    connect(flood.get(), &ControlStream::dataReceived, this,
            [&got](ControlChannel, const QByteArray &bytes) { got += bytes.size(); });
    QVERIFY(QCoro::waitFor(flood->open(10s)));
    QTRY_COMPARE(got, qsizetype(ControlLimits::InitialCredit));
    QCOMPARE(shell(*m_box, QStringLiteral("echo alive")).out, QByteArray("alive\n"));
    QCOMPARE(got, qsizetype(ControlLimits::InitialCredit));
}

void TestRunner::clientThatGoesAwayHangsUp()
{
    auto other = m_home->connect(m_idle);
    ExecParams params;
    params.command = {QStringLiteral("sleep"), QStringLiteral("98765")};
    auto stream = other->makeStream(ControlMethod::Exec, params.toJson());
    QVERIFY(QCoro::waitFor(stream->open(10s)));
    const QString look = QStringLiteral("ps | grep -c '[ ]sleep 9876[5]'");
    QCOMPARE(shell(*m_box, look).out.trimmed(), QByteArray("1"));
    stream.reset();
    other.reset();
    QTRY_COMPARE(shell(*m_box, look).out.trimmed(), QByteArray("0"));
}

void TestRunner::terminal()
{
    ExecParams params;
    params.command = command(QStringLiteral("stty size; read line; stty size; echo got $line"));
    params.tty = params.wantsStdin = true;
    params.rows = 30;
    params.columns = 100;
    const auto stream = m_box->makeStream(ControlMethod::Exec, params.toJson());
    QByteArray out;
    bool ended = false;
    connect(stream.get(), &ControlStream::dataReceived, this,
            [&](ControlChannel, const QByteArray &bytes) { out += bytes; });
    connect(stream.get(), &ControlStream::eventReceived, this, [&] { ended = true; });
    QVERIFY(QCoro::waitFor(stream->open(10s)));
    QTRY_VERIFY(out.contains("30 100"));
    const ResizeParams resize{stream->number(), 40, 120};
    QVERIFY(QCoro::waitFor(m_box->request(ControlMethod::Resize, resize.toJson(), 5s)));
    stream->send("hello\r");
    QTRY_VERIFY(ended);
    QVERIFY2(out.contains("40 120") && out.contains("got hello"), out.constData());
    const SignalParams late{stream->number(), 15};
    QVERIFY(!QCoro::waitFor(m_box->request(ControlMethod::Signal, late.toJson(), 5s)));
}

void TestRunner::networkOffAndOn()
{
    EndlessServer server;
    ExecParams params;
    params.command = command(server.fetch(QStringLiteral("> /dev/null")));
    auto download = m_box->makeStream(ControlMethod::Exec, params.toJson());
    bool ended = false;
    connect(download.get(), &ControlStream::eventReceived, this, [&] { ended = true; });
    QVERIFY(QCoro::waitFor(download->open(10s)));
    QTRY_VERIFY_WITH_TIMEOUT(server.sent > 2'000'000, 20'000);
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(*m_box).counters.bytesReceived > 1'000'000, 20'000);

    QVERIFY(setNetwork(*m_box, NetworkMode::Off));
    // What the host's socket still buffers is written within the second; then nothing moves.
    QTest::qWait(1000);
    const qint64 sent = server.sent;
    const quint64 received = stateOf(*m_box).counters.bytesReceived;
    QTest::qWait(500);
    QCOMPARE(server.sent, sent);
    QCOMPARE(stateOf(*m_box).counters.bytesReceived, received);
    QVERIFY(stateOf(*m_box).network.mode == NetworkMode::Off);
    download.reset();

    QVERIFY(setNetwork(*m_box, NetworkMode::Open));
    const ExecOutcome again = shell(*m_box, server.fetch(QStringLiteral("| head -c 100000 | wc -c")));
    QCOMPARE(again.out.trimmed(), QByteArray("100000"));
}

void TestRunner::usageAndSamples()
{
    const Result<QJsonObject> answer = QCoro::waitFor(m_box->request(ControlMethod::Usage, {}, 10s));
    QVERIFY(answer);
    const BoxUsage usage = BoxUsage::fromJson(*answer);
    QVERIFY(usage.memoryTotal > 150'000'000 && usage.memoryTotal < 300'000'000);
    QVERIFY(usage.diskTotal > 9'000'000'000);

    const auto stream = m_box->makeStream(ControlMethod::Subscribe, SubscribeParams{true}.toJson());
    QList<qint64> seconds;
    int states = 0;
    connect(stream.get(), &ControlStream::eventReceived, this, [&](const QJsonObject &event) {
        if (const Result<SampleEvent> sample = SampleEvent::fromJson(event); sample)
            seconds.append(sample->sample.second);
        else if (RunnerState::fromJson(event))
            ++states;
    });
    QVERIFY(QCoro::waitFor(stream->open(5s)));
    QTRY_VERIFY_WITH_TIMEOUT(seconds.size() >= 3, 10'000);
    for (qsizetype i = 1; i < seconds.size(); ++i)
        QCOMPARE(seconds.at(i), seconds.at(i - 1) + 1);
    QCOMPARE(states, 1);
    const Result<QJsonObject> past =
        QCoro::waitFor(m_box->request(ControlMethod::Samples, SamplesParams{0}.toJson(), 5s));
    QVERIFY(past);
    QVERIFY(SamplesResult::fromJson(*past)->samples.size() >= 3);
}

void TestRunner::twoStartsAtOnce()
{
    const Result<qint64> second = m_home->start(m_idle);
    QVERIFY(!second);
    QVERIFY(second.error().code == ErrorCode::Conflict);
    QCOMPARE(second.error().message, QStringLiteral("Box idle is already running"));
    QCOMPARE(shell(*m_box, QStringLiteral("echo still here")).out, QByteArray("still here\n"));
}

void TestRunner::diskOutlivesARestart()
{
    QCOMPARE(shell(*m_box, QStringLiteral("echo data > /file")).exit->status(), 0);
    QVERIFY(stop(*m_box, StopParams::Mode::Graceful, 10s));
    QVERIFY(m_home->waitForEnd(m_idle, 3s));
    QCOMPARE(m_home->record(m_idle)->kind, ExitRecord::Kind::Requested);
    m_box = m_home->startAndWait(m_idle);
    QVERIFY(m_box);
    QCOMPARE(shell(*m_box, QStringLiteral("cat /file")).out, QByteArray("data\n"));
    QVERIFY(stop(*m_box, StopParams::Mode::Kill, 0s));
    QVERIFY(m_home->waitForEnd(m_idle, 3s));
    m_box.reset();
}

void TestRunner::lostDiskIsSaid()
{
    QVERIFY(QFile::remove(m_home->paths().boxDisk(m_idle.toString())));
    for (int i = 0; i < 2; ++i) {
        const Result<qint64> refused = m_home->start(m_idle);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::NotFound);
        QVERIFY(refused.error().message.startsWith(QStringLiteral("The disk of box idle is gone")));
        QVERIFY(m_home->waitForEnd(m_idle, 3s));
    }
}

QTEST_GUILESS_MAIN(TestRunner)
#include "tst_runner.moc"
