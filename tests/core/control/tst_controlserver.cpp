#include "core/control/controlconnection.h"
#include "core/control/controlserver.h"

#include <QFileInfo>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;
using namespace std::chrono_literals;

namespace {

constexpr auto Limit = 5s;

QJsonObject stateEvent(int number)
{
    return {{QStringLiteral("event"), QStringLiteral("state")},
            {QStringLiteral("n"), number},
            {QStringLiteral("filler"), QString(2000, u'x')}};
}

/// A server that answers as a runner would, on a socket of its own.
struct Runner
{
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("box.sock"));
    ControlServer server{
        ControlHello{.version = QStringLiteral("0.1.0"), .id = QStringLiteral("0123456789ab")}};
    QList<quint32> cancelled;
    QByteArray input;
    bool inputEnded = false;
    ControlPeer *peer = nullptr; ///< the last one
    quint32 session = 0;

    Runner()
    {
        QObject::connect(&server, &ControlServer::accepted, &server, [this](ControlPeer *accepted) {
            peer = accepted;
            QObject::connect(accepted, &ControlPeer::requestReceived, &server,
                             [this, accepted](quint32 stream, const ControlRequest &request) {
                                 serve(accepted, stream, request);
                             });
            QObject::connect(accepted, &ControlPeer::cancelled, &server,
                             [this](quint32 stream) { cancelled.append(stream); });
            QObject::connect(accepted, &ControlPeer::dataReceived, &server,
                             [this](quint32, const QByteArray &bytes) { input += bytes; });
            QObject::connect(accepted, &ControlPeer::endReceived, &server,
                             [this](quint32) { inputEnded = true; });
        });
        const Result<void> listening = server.listen(path);
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message));
    }

    void serve(ControlPeer *from, quint32 stream, const ControlRequest &request)
    {
        if (request.method == QLatin1String("fail"))
            from->respond(stream, fail(ErrorCode::Conflict, QStringLiteral("No"), QStringLiteral("because")));
        else if (request.method == ControlMethod::Exec || request.method == ControlMethod::Subscribe)
            from->openSession(session = stream, {{QStringLiteral("pid"), 7}});
        else if (request.method != QLatin1String("silence"))
            from->respond(stream, request.params);
    }

    std::unique_ptr<ControlConnection> connect() const
    {
        auto opened = QCoro::waitFor(ControlConnection::open(path, Limit));
        return opened ? std::move(*opened) : nullptr;
    }
    bool waitForEnd(QLocalSocket &socket) const
    {
        return QTest::qWaitFor([&] { return socket.state() == QLocalSocket::UnconnectedState; }, 5000);
    }
};

} // namespace

class TestControlServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketIsPrivateAndReplacesADeadOne();
    void pathTooLongIsSaid();
    void nobodyListens();
    void answersAndErrors();
    void requestTimesOutAndIsCancelled();
    void manyClientsAtOnce();
    void clientsAboveTheLimitAreRefused();
    void hostilePeers_data();
    void hostilePeers();
    void slowSubscriberGetsTheNewestStateOnly();
    void clientThatNeverReadsIsCutOff();
    void outputKeepsToItsCredit();
    void inputKeepsToItsCredit();
    void inputBeyondTheCreditIsCutOff();
    void destroyedStreamCancels();
    void lostConnectionEndsEverything();
    void serverOfAStrangerIsRefused();
};

void TestControlServer::socketIsPrivateAndReplacesADeadOne()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("x.sock"));
    QFile litter(path);
    QVERIFY(litter.open(QIODevice::WriteOnly));
    {
        ControlServer server(ControlHello{});
        QVERIFY(server.listen(path));
        const auto mode = QFileInfo(path).permissions();
        QVERIFY(!(mode & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther)));
    }
    QVERIFY(!QFileInfo::exists(path));
}

void TestControlServer::pathTooLongIsSaid()
{
    ControlServer server(ControlHello{});
    const Result<void> listening = server.listen(QStringLiteral("/tmp/") + QString(120, u'x'));
    QVERIFY(!listening);
    QVERIFY(listening.error().code == ErrorCode::InvalidArgument);
}

void TestControlServer::nobodyListens()
{
    // A warning of Qt's would stand on the CLI's standard error beside its one sentence.
    QTest::failOnWarning(QRegularExpression(QStringLiteral(".")));
    const auto opened = QCoro::waitFor(ControlConnection::open(QStringLiteral("/nonexistent/x.sock"), Limit));
    QVERIFY(!opened);
    QVERIFY(opened.error().code == ErrorCode::NotFound);
}

void TestControlServer::answersAndErrors()
{
    Runner runner;
    const auto connection = runner.connect();
    QVERIFY(connection);
    QCOMPARE(connection->hello().id, QStringLiteral("0123456789ab"));
    const QJsonObject params{{QStringLiteral("a"), 1}};
    const auto echoed = QCoro::waitFor(connection->request(QStringLiteral("echo"), params, Limit));
    QVERIFY(echoed);
    QCOMPARE(*echoed, params);
    const auto failed = QCoro::waitFor(connection->request(QStringLiteral("fail"), {}, Limit));
    QVERIFY(!failed);
    QCOMPARE(failed.error(), (Error{ErrorCode::Conflict, QStringLiteral("No"), QStringLiteral("because")}));
    const QJsonObject huge{{QStringLiteral("a"), QString(300'000, u'x')}};
    const auto refused = QCoro::waitFor(connection->request(QStringLiteral("echo"), huge, Limit));
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::InvalidArgument);
}

void TestControlServer::requestTimesOutAndIsCancelled()
{
    Runner runner;
    const auto connection = runner.connect();
    const auto answer = QCoro::waitFor(connection->request(QStringLiteral("silence"), {}, 50ms));
    QVERIFY(!answer);
    QVERIFY(answer.error().code == ErrorCode::Timeout);
    QTRY_COMPARE(runner.cancelled.size(), 1);
    QVERIFY(QCoro::waitFor(connection->request(QStringLiteral("echo"), {}, Limit)));
}

void TestControlServer::manyClientsAtOnce()
{
    Runner runner;
    std::vector<std::unique_ptr<ControlConnection>> clients;
    std::vector<Async<QJsonObject>> answers;
    for (int i = 0; i < ControlServer::MaxPeers; ++i) {
        clients.push_back(runner.connect());
        QVERIFY(clients.back());
    }
    for (int round = 0; round < 20; ++round) {
        for (const auto &client : clients)
            answers.push_back(
                client->request(QStringLiteral("echo"), {{QStringLiteral("n"), int(answers.size())}}, Limit));
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto answer = QCoro::waitFor(answers[i]);
        QVERIFY(answer);
        QCOMPARE(answer->value(QStringLiteral("n")).toInt(), int(i));
    }
}

void TestControlServer::clientsAboveTheLimitAreRefused()
{
    Runner runner;
    std::vector<std::unique_ptr<ControlConnection>> clients;
    for (int i = 0; i < ControlServer::MaxPeers; ++i)
        clients.push_back(runner.connect());
    QVERIFY(!runner.connect());
    clients.pop_back();
    QTRY_COMPARE(runner.server.peers().size(), ControlServer::MaxPeers - 1);
    QVERIFY(runner.connect());
}

void TestControlServer::hostilePeers_data()
{
    QTest::addColumn<QByteArray>("bytes");

    const QByteArray request = encodeJsonFrame(ControlFrameType::Request, 1, R"({"method":"silence"})");
    QTest::newRow("noise") << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("announced 4 GiB") << QByteArray("\xff\xff\xff\xff\x01\x01\x00\x00\x00", 9);
    QTest::newRow("request on stream 0")
        << encodeJsonFrame(ControlFrameType::Request, 0, R"({"method":"ping"})");
    QTest::newRow("two requests on one stream") << request + request;
    QTest::newRow("response from a client") << encodeJsonFrame(ControlFrameType::Response, 1, "{}");
    QTest::newRow("event from a client") << encodeJsonFrame(ControlFrameType::Event, 1, "{}");
    QTest::newRow("output from a client") << request + encodeDataFrame(1, ControlChannel::Stdout, "x");
}

void TestControlServer::hostilePeers()
{
    QFETCH(QByteArray, bytes);
    Runner runner;
    const auto bystander = runner.connect();
    QLocalSocket hostile;
    hostile.connectToServer(runner.path);
    hostile.write(bytes);
    QVERIFY(runner.waitForEnd(hostile));
    QVERIFY(QCoro::waitFor(bystander->request(QStringLiteral("echo"), {}, Limit)));
}

void TestControlServer::slowSubscriberGetsTheNewestStateOnly()
{
    Runner runner;
    const auto connection = runner.connect();
    auto stream = connection->makeStream(ControlMethod::Subscribe, {});
    QVERIFY(QCoro::waitFor(stream->open(Limit)));
    QList<int> seen;
    connect(stream.get(), &ControlStream::eventReceived, this,
            [&seen](const QJsonObject &event) { seen.append(event.value(QStringLiteral("n")).toInt()); });
    // 20 MB of events in one turn of the event loop: the client has no chance to read any of them.
    constexpr int events = 10'000;
    for (int i = 1; i <= events; ++i) {
        runner.peer->postLatest(runner.session, stateEvent(i));
        runner.peer->postDroppable(runner.session, stateEvent(-i));
    }
    QVERIFY(runner.peer->queuedBytes() < 2 * ControlPeer::SlowBytes);
    QTRY_VERIFY(!seen.isEmpty() && seen.last() == events);
    QVERIFY(seen.size() < 1000);
}

void TestControlServer::clientThatNeverReadsIsCutOff()
{
    Runner runner;
    QLocalSocket deaf;
    deaf.setReadBufferSize(1);
    deaf.connectToServer(runner.path);
    deaf.write(encodeJsonFrame(ControlFrameType::Request, 1, R"({"method":"exec"})"));
    QTRY_VERIFY(runner.session == 1);
    QSignalSpy closed(runner.peer, &ControlPeer::closed);
    const QByteArray piece(65536, 'x');
    for (int i = 0; i < 1000 && closed.isEmpty(); ++i) {
        runner.peer->sendData(1, ControlChannel::Stdout, piece);
        QVERIFY(runner.peer->queuedBytes() <= ControlPeer::MaxQueuedBytes + 2 * piece.size());
    }
    QTRY_COMPARE(closed.size(), 1);
    QVERIFY(runner.connect());
}

void TestControlServer::outputKeepsToItsCredit()
{
    Runner runner;
    const auto connection = runner.connect();
    auto stream = connection->makeStream(ControlMethod::Exec, {});
    qsizetype received = 0;
    connect(stream.get(), &ControlStream::dataReceived, this,
            [&](ControlChannel channel, const QByteArray &bytes) {
                QCOMPARE(channel, ControlChannel::Stdout);
                received += bytes.size();
            });
    QVERIFY(QCoro::waitFor(stream->open(Limit)));
    quint32 credited = 0;
    connect(runner.peer, &ControlPeer::creditReceived, this,
            [&](quint32, ControlChannel, quint32 bytes) { credited += bytes; });
    runner.peer->sendData(runner.session, ControlChannel::Stdout,
                          QByteArray(ControlLimits::InitialCredit, 'x'));
    QTRY_COMPARE(received, qsizetype(ControlLimits::InitialCredit));
    QCOMPARE(credited, 0U);
    stream->passOn(ControlChannel::Stdout, 1000);
    stream->passOn(ControlChannel::Stdout, received - 1000);
    QTRY_COMPARE(credited, ControlLimits::InitialCredit);
    // A runner that sends more than it may is no runner of ours.
    QSignalSpy closed(connection.get(), &ControlConnection::closed);
    runner.peer->sendData(runner.session, ControlChannel::Stdout,
                          QByteArray(ControlLimits::InitialCredit + 1, 'x'));
    QTRY_COMPARE(closed.size(), 1);
}

void TestControlServer::inputKeepsToItsCredit()
{
    Runner runner;
    const auto connection = runner.connect();
    auto stream = connection->makeStream(ControlMethod::Exec, {});
    QVERIFY(QCoro::waitFor(stream->open(Limit)));
    const QByteArray bytes(ControlLimits::InitialCredit + 10, 'y');
    QCOMPARE(stream->send(bytes), qsizetype(ControlLimits::InitialCredit));
    QCOMPARE(stream->send("z"), 0);
    QTRY_COMPARE(runner.input.size(), qsizetype(ControlLimits::InitialCredit));
    QSignalSpy writable(stream.get(), &ControlStream::writable);
    runner.peer->sendCredit(runner.session, 10);
    QTRY_COMPARE(writable.size(), 1);
    QCOMPARE(stream->send(QByteArrayView(bytes).last(10)), 10);
    stream->sendEnd();
    QTRY_VERIFY(runner.inputEnded);
    QCOMPARE(runner.input, bytes);
}

void TestControlServer::inputBeyondTheCreditIsCutOff()
{
    Runner runner;
    QLocalSocket hostile;
    hostile.connectToServer(runner.path);
    hostile.write(encodeJsonFrame(ControlFrameType::Request, 1, R"({"method":"exec"})"));
    for (int i = 0; i < 5; ++i)
        hostile.write(encodeDataFrame(1, ControlChannel::Stdin, QByteArray(65536, 'x')));
    QVERIFY(runner.waitForEnd(hostile));
    QVERIFY(runner.input.size() <= qsizetype(ControlLimits::InitialCredit));
}

void TestControlServer::destroyedStreamCancels()
{
    Runner runner;
    const auto connection = runner.connect();
    {
        auto stream = connection->makeStream(ControlMethod::Exec, {});
        QVERIFY(QCoro::waitFor(stream->open(Limit)));
    }
    QTRY_COMPARE(runner.cancelled, QList<quint32>{runner.session});
    // What the runner sends before it knows is ignored.
    runner.peer->sendData(runner.session, ControlChannel::Stdout, "late");
    QVERIFY(QCoro::waitFor(connection->request(QStringLiteral("echo"), {}, Limit)));
}

void TestControlServer::lostConnectionEndsEverything()
{
    Runner runner;
    const auto connection = runner.connect();
    auto stream = connection->makeStream(ControlMethod::Exec, {});
    QVERIFY(QCoro::waitFor(stream->open(Limit)));
    QSignalSpy streamClosed(stream.get(), &ControlStream::closed);
    QSignalSpy closed(connection.get(), &ControlConnection::closed);
    Async<QJsonObject> waiting = connection->request(QStringLiteral("silence"), {}, 0ms);
    runner.server.close();
    const auto answer = QCoro::waitFor(waiting);
    QVERIFY(!answer);
    QVERIFY(answer.error().code == ErrorCode::Unavailable);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(streamClosed.size(), 1);
    QVERIFY(!stream->isOpen());
    QCOMPARE(stream->send("x"), 0);
    const auto after = QCoro::waitFor(connection->request(QStringLiteral("echo"), {}, Limit));
    QVERIFY(!after);
}

void TestControlServer::serverOfAStrangerIsRefused()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("s"));
    QLocalServer stranger;
    QVERIFY(stranger.listen(path));
    connect(&stranger, &QLocalServer::newConnection, this, [&stranger] {
        stranger.nextPendingConnection()->write(
            encodeJsonFrame(ControlFrameType::Event, 0, R"({"event":"x"})"));
    });
    const auto opened = QCoro::waitFor(ControlConnection::open(path, Limit));
    QVERIFY(!opened);
    QVERIFY(opened.error().code == ErrorCode::Protocol);

    disconnect(&stranger, nullptr, this, nullptr);
    const auto silent = QCoro::waitFor(ControlConnection::open(path, 50ms));
    QVERIFY(!silent);
    QVERIFY(silent.error().code == ErrorCode::Timeout);
}

QTEST_GUILESS_MAIN(TestControlServer)
#include "tst_controlserver.moc"
