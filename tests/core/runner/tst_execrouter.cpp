#include "core/control/controlconnection.h"
#include "core/control/controlserver.h"
#include "core/runner/execrouter.h"
#include "tests/core/guest/scriptedagent.h"

#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;
using namespace std::chrono_literals;

namespace {

/// A client, the router, and a guest played by hand.
struct Setup
{
    SocketPair pair = std::move(*SocketPair::create());
    test::ScriptedAgent agent{std::move(pair.theirs)};
    GuestChannel channel{std::move(pair.ours)};
    ExecRouter router{
        channel, CommandDefaults{{QStringLiteral("A=1")}, QStringLiteral("user"), QStringLiteral("/dir")}};
    QTemporaryDir folder;
    ControlServer server{ControlHello{}};
    std::unique_ptr<ControlConnection> connection;

    Setup()
    {
        const QString path = folder.filePath(QStringLiteral("s"));
        QObject::connect(&server, &ControlServer::accepted, &server, [this](ControlPeer *peer) {
            QObject::connect(peer, &ControlPeer::requestReceived, &server,
                             [this, peer](quint32 stream, const ControlRequest &request) {
                                 router.start(peer, stream, *ExecParams::fromJson(request.params));
                             });
        });
        const Result<void> listening = server.listen(path);
        auto opened = QCoro::waitFor(ControlConnection::open(path, 5s));
        if (!listening || !opened)
            qFatal("no control connection");
        connection = std::move(*opened);
    }

    std::unique_ptr<ControlStream> exec(const QString &program) const
    {
        ExecParams params;
        params.command = {program};
        params.wantsStdin = true;
        return connection->makeStream(ControlMethod::Exec, params.toJson());
    }
};

} // namespace

class TestExecRouter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commandIsRunToItsEnd();
    void failureIsTheAnswer();
    void creditIsEndToEnd();
    void inputWaitsForTheGuest();
    void cancelHangsUp();
    void lostClientHangsUp();
    void lostGuestEndsTheSession();
};

void TestExecRouter::commandIsRunToItsEnd()
{
    Setup setup;
    const auto stream = setup.exec(QStringLiteral("prog"));
    QByteArray out;
    QByteArray err;
    QJsonObject end;
    connect(stream.get(), &ControlStream::dataReceived, this,
            [&](ControlChannel channel, const QByteArray &bytes) {
                (channel == ControlChannel::Stdout ? out : err) += bytes;
            });
    connect(stream.get(), &ControlStream::eventReceived, this,
            [&](const QJsonObject &event) { end = event; });
    Async<QJsonObject> opening = stream->open(5s);
    const auto exec = setup.agent.expect<guest::Exec>(1);
    QCOMPARE(exec.argv.front(), std::string("prog"));
    QCOMPARE(exec.env.front(), std::string("A=1"));
    QCOMPARE(exec.user, std::string("user"));
    setup.agent.say(1, guest::Started{42});
    const auto opened = QCoro::waitFor(opening);
    QVERIFY(opened);
    QCOMPARE(opened->value(QStringLiteral("pid")).toInt(), 42);
    setup.agent.sayData(1, guest::Channel::Stdout, "out");
    setup.agent.sayData(1, guest::Channel::Stderr, "err");
    setup.agent.say(1, guest::Eof{guest::Channel::Stdout});
    setup.agent.say(1, guest::Eof{guest::Channel::Stderr});
    setup.agent.say(1, guest::Exited{7, 0, false});
    QTRY_VERIFY(!end.isEmpty());
    QCOMPARE(out, QByteArray("out"));
    QCOMPARE(err, QByteArray("err"));
    QCOMPARE(ExitedEvent::fromJson(end)->status(), 7);
    QCOMPARE(setup.router.sessions(), 0);
}

void TestExecRouter::failureIsTheAnswer()
{
    Setup setup;
    const auto stream = setup.exec(QStringLiteral("nosuch"));
    Async<QJsonObject> opening = stream->open(5s);
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::ExecFailed{guest::ExecFailed::Reason::NotFound, "x"});
    const auto opened = QCoro::waitFor(opening);
    QVERIFY(!opened);
    QCOMPARE(opened.error().detail, ExecFailure::NotFound);
    QCOMPARE(setup.router.sessions(), 0);
}

void TestExecRouter::creditIsEndToEnd()
{
    Setup setup;
    const auto stream = setup.exec(QStringLiteral("yes"));
    qsizetype got = 0;
    connect(stream.get(), &ControlStream::dataReceived, this,
            [&](ControlChannel, const QByteArray &bytes) { got += bytes.size(); });
    Async<QJsonObject> opening = stream->open(5s);
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::Started{42});
    QVERIFY(QCoro::waitFor(opening));
    for (int i = 0; i < 4; ++i)
        setup.agent.sayData(1, guest::Channel::Stdout, QByteArray(65536, 'y'));
    QTRY_COMPARE(got, qsizetype(guest::InitialCredit));
    // Nothing goes back until the client says so; the next frame of the host is its credit.
    stream->passOn(ControlChannel::Stdout, 65536);
    const auto credit = setup.agent.expect<guest::Credit>(1);
    QCOMPARE(credit.bytes, 65536U);
    QVERIFY(credit.channel == guest::Channel::Stdout);
}

void TestExecRouter::inputWaitsForTheGuest()
{
    Setup setup;
    const auto stream = setup.exec(QStringLiteral("cat"));
    Async<QJsonObject> opening = stream->open(5s);
    QByteArray input(300'000, 'i');
    qsizetype sent = stream->send(input);
    QCOMPARE(sent, qsizetype(ControlLimits::InitialCredit));
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::Started{42});
    QVERIFY(QCoro::waitFor(opening));
    connect(stream.get(), &ControlStream::writable, this, [&] {
        sent += stream->send(QByteArrayView(input).sliced(sent));
        if (sent == input.size())
            stream->sendEnd();
    });
    qsizetype got = 0;
    bool ended = false;
    while (!ended) {
        const auto frame = setup.agent.next();
        QVERIFY(frame);
        if (frame->type == guest::FrameType::Data) {
            const auto size = quint32(frame->payload.size() - 1);
            got += size;
            setup.agent.say(1, guest::Credit{guest::Channel::Stdin, size});
        }
        ended = frame->type == guest::FrameType::Eof;
    }
    QCOMPARE(got, input.size());
}

void TestExecRouter::cancelHangsUp()
{
    Setup setup;
    auto stream = setup.exec(QStringLiteral("sleep"));
    Async<QJsonObject> opening = stream->open(5s);
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::Started{42});
    QVERIFY(QCoro::waitFor(opening));
    stream.reset();
    setup.agent.expect<guest::Hangup>(1);
    QCOMPARE(setup.router.sessions(), 0);
}

void TestExecRouter::lostClientHangsUp()
{
    Setup setup;
    auto stream = setup.exec(QStringLiteral("sleep"));
    Async<QJsonObject> opening = stream->open(5s);
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::Started{42});
    QVERIFY(QCoro::waitFor(opening));
    setup.connection.reset();
    setup.agent.expect<guest::Hangup>(1);
    QCOMPARE(setup.router.sessions(), 0);
}

void TestExecRouter::lostGuestEndsTheSession()
{
    Setup setup;
    const auto stream = setup.exec(QStringLiteral("sleep"));
    QJsonObject end;
    connect(stream.get(), &ControlStream::eventReceived, this,
            [&](const QJsonObject &event) { end = event; });
    Async<QJsonObject> opening = stream->open(5s);
    setup.agent.expect<guest::Exec>(1);
    setup.agent.say(1, guest::Started{42});
    QVERIFY(QCoro::waitFor(opening));
    setup.agent.hangUp();
    QTRY_VERIFY(!end.isEmpty());
    QCOMPARE(ExitedEvent::fromJson(end)->status(), 129);
}

QTEST_GUILESS_MAIN(TestExecRouter)
#include "tst_execrouter.moc"
