#include "core/machine/qmpclient.h"

#include <QCoroTask>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTest>

using namespace boxgate;
using namespace std::chrono_literals;

namespace {

const QByteArray Greeting = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

/// QEMU's side, played by hand.
class FakeMonitor
{
public:
    explicit FakeMonitor(Descriptor socket) { m_socket.setSocketDescriptor(socket.take()); }

    void say(const QByteArray &bytes)
    {
        m_socket.write(bytes);
        m_socket.flush();
    }

    /// The next command; empty after 2 s without one.
    QJsonObject command()
    {
        for (;;) {
            const Result<std::optional<QJsonObject>> next = m_reader.next();
            if (!next)
                return {};
            if (*next)
                return **next;
            if (m_socket.bytesAvailable() == 0
                && !QTest::qWaitFor([this] { return m_socket.bytesAvailable() > 0; }, 2000))
                return {};
            m_reader.feed(m_socket.readAll());
        }
    }

    /// Greets, and takes the client's qmp_capabilities.
    bool open()
    {
        say(Greeting);
        const QJsonObject capabilities = command();
        say("{\"return\": {}, \"id\": " + id(capabilities) + "}\r\n");
        return capabilities.value(QStringLiteral("execute")).toString() == QLatin1String("qmp_capabilities");
    }

    static QByteArray id(const QJsonObject &command)
    {
        return QByteArray::number(command.value(QStringLiteral("id")).toInteger());
    }

    QLocalSocket m_socket;

private:
    QmpReader m_reader;
};

QmpCommand named(const char *name, std::chrono::milliseconds timeout = 5000ms)
{
    QmpCommand command;
    command.name = QString::fromLatin1(name);
    command.timeout = timeout;
    return command;
}

/// Collects the result of a command that runs beside the script.
QCoro::Task<void> collect(Async<QJsonValue> task, std::shared_ptr<std::optional<Result<QJsonValue>>> into)
{
    into->emplace(co_await task);
}

struct Running
{
    explicit Running(Async<QJsonValue> task)
        : result(std::make_shared<std::optional<Result<QJsonValue>>>())
        , coroutine(collect(std::move(task), result))
    { }
    std::shared_ptr<std::optional<Result<QJsonValue>>> result;
    QCoro::Task<void> coroutine;
};

} // namespace

class TestQmpClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        Result<SocketPair> pair = SocketPair::create();
        QVERIFY(pair);
        m_client = std::make_unique<QmpClient>(std::move(pair->ours));
        m_monitor = std::make_unique<FakeMonitor>(std::move(pair->theirs));
    }

    void cleanup()
    {
        m_client.reset();
        m_monitor.reset();
    }

    void commandsWaitForTheGreeting()
    {
        const Running early(m_client->execute(named("query-status")));
        QVERIFY(m_monitor->open());
        const QJsonObject command = m_monitor->command();
        QCOMPARE(command.value(QStringLiteral("execute")).toString(), QStringLiteral("query-status"));
        m_monitor->say("{\"return\": {\"running\": true}, \"id\": " + FakeMonitor::id(command) + "}");
        QTRY_VERIFY(early.result->has_value());
        QVERIFY(**early.result);
        QCOMPARE((**early.result)->toObject().value(QStringLiteral("running")).toBool(), true);
    }

    void answersFindTheirQuestionsInAnyOrder()
    {
        QVERIFY(m_monitor->open());
        QmpCommand set = named("balloon");
        set.arguments = QJsonObject{{QStringLiteral("value"), 5}};
        const Running first(m_client->execute(set));
        const Running second(m_client->execute(named("query-balloon")));
        const QJsonObject one = m_monitor->command();
        const QJsonObject two = m_monitor->command();
        QCOMPARE(one.value(QStringLiteral("arguments")).toObject(), set.arguments);
        m_monitor->say("{\"return\": 2, \"id\": " + FakeMonitor::id(two)
                       + "}{\"return\": 1, \"id\": " + FakeMonitor::id(one) + "}");
        QTRY_VERIFY(first.result->has_value() && second.result->has_value());
        QCOMPARE((**first.result)->toInt(), 1);
        QCOMPARE((**second.result)->toInt(), 2);
    }

    void refusalsAreSentences()
    {
        QVERIFY(m_monitor->open());
        const Running running(m_client->execute(named("nonsense")));
        const QByteArray id = FakeMonitor::id(m_monitor->command());
        m_monitor->say("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such command\"}, \"id\": "
                       + id + "}");
        QTRY_VERIFY(running.result->has_value());
        QVERIFY(!**running.result);
        QCOMPARE((**running.result).error().message,
                 QStringLiteral("QEMU refuses nonsense: no such command"));
        QVERIFY(!m_client->isClosed());
    }

    void eventsAreSignals()
    {
        QSignalSpy spy(m_client.get(), &QmpClient::eventArrived);
        QVERIFY(m_monitor->open());
        m_monitor->say("{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}, \"timestamp\": {}}");
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(spy.at(0).at(0).toString(), QStringLiteral("SHUTDOWN"));
        QCOMPARE(spy.at(0).at(1).toJsonObject().value(QStringLiteral("guest")).toBool(), true);
    }

    void silenceIsATimeoutAndALateAnswerIsHarmless()
    {
        QVERIFY(m_monitor->open());
        const Result<QJsonValue> late = QCoro::waitFor(m_client->execute(named("query-status", 20ms)));
        QVERIFY(!late);
        QVERIFY(late.error().code == ErrorCode::Timeout);
        const QByteArray id = FakeMonitor::id(m_monitor->command());
        const Running next(m_client->execute(named("query-name")));
        const QByteArray nextId = FakeMonitor::id(m_monitor->command());
        m_monitor->say("{\"return\": 1, \"id\": " + id + "}{\"return\": 2, \"id\": " + nextId + "}");
        QTRY_VERIFY(next.result->has_value());
        QCOMPARE((**next.result)->toInt(), 2);
    }

    void theEndFailsWhatWaitsAndWhatFollows()
    {
        QVERIFY(m_monitor->open());
        QSignalSpy spy(m_client.get(), &QmpClient::closed);
        const Running waiting(m_client->execute(named("query-status")));
        QVERIFY(!m_monitor->command().isEmpty());
        m_monitor->m_socket.disconnectFromServer();
        QTRY_COMPARE(spy.size(), 1);
        QTRY_VERIFY(waiting.result->has_value());
        QVERIFY((**waiting.result).error().code == ErrorCode::Unavailable);
        const Result<QJsonValue> after = QCoro::waitFor(m_client->execute(named("query-status")));
        QVERIFY(after.error().code == ErrorCode::Unavailable);
    }

    void rubbishClosesIt()
    {
        QSignalSpy spy(m_client.get(), &QmpClient::closed);
        const Running waiting(m_client->execute(named("query-status")));
        m_monitor->say("SSH-2.0-OpenSSH\r\n");
        QTRY_COMPARE(spy.size(), 1);
        QTRY_VERIFY(waiting.result->has_value());
        QVERIFY((**waiting.result).error().code == ErrorCode::Protocol);
    }

    void destructionCancelsWhatWaits()
    {
        QVERIFY(m_monitor->open());
        const Running waiting(m_client->execute(named("query-status")));
        QVERIFY(!m_monitor->command().isEmpty());
        m_client.reset();
        QTRY_VERIFY(waiting.result->has_value());
        QVERIFY((**waiting.result).error().code == ErrorCode::Cancelled);
    }

private:
    std::unique_ptr<QmpClient> m_client;
    std::unique_ptr<FakeMonitor> m_monitor;
};

QTEST_GUILESS_MAIN(TestQmpClient)
#include "tst_qmpclient.moc"
