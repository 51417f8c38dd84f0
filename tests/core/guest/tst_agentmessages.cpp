#include "core/guest/protocol/agentmessages.h"

#include <QTest>

#include <functional>

using namespace boxgate::guest;
using namespace std::chrono_literals;

namespace {

/// One message as the table below needs it.
struct Sample
{
    Bytes bytes;
    std::function<bool(BytesView)> isValid;
    std::function<bool(BytesView)> isSame;
};

Configure sampleConfigure()
{
    Configure configure;
    configure.hostname = "box";
    configure.network = {
        true, {192, 168, 127, 2}, 24, {192, 168, 127, 1}, {192, 168, 127, 1}, {"local", "a.b"}, 9000};
    configure.hosts = {{"10.0.0.1", {"db", "db.local"}}, {"10.0.0.2", {}}};
    configure.rootDevice = "/dev/vda";
    configure.growRoot = true;
    configure.unixTime = 1'800'000'000'123'456'789ns;
    configure.mounts = {{"m0", "/work", true}};
    configure.seed = {1, 2, 3};
    return configure;
}

Exec sampleExec()
{
    return {{"sh", "-c", ""}, {"A=b", "C="}, "/tmp", "bob:wheel", true, true, 24, 80, 1500ms, true, 3};
}

template <typename Message> Sample sample(const Message &message)
{
    return {message.encode(), [](BytesView bytes) { return Message::decode(bytes).has_value(); },
            [message](BytesView bytes) { return Message::decode(bytes) == message; }};
}

} // namespace

class TestAgentMessages : public QObject
{
    Q_OBJECT

private slots:
    void messagesSurviveTheTrip_data();
    void messagesSurviveTheTrip();
    void incompleteMessagesAreRefused_data() { messagesSurviveTheTrip_data(); }
    void incompleteMessagesAreRefused();
    void valuesOutOfRangeAreRefused_data();
    void valuesOutOfRangeAreRefused();
    void aListsCountIsCheckedBeforeMemoryIsTaken();
};

Q_DECLARE_METATYPE(Sample)

void TestAgentMessages::messagesSurviveTheTrip_data()
{
    QTest::addColumn<Sample>("message");
    QTest::newRow("Configure") << sample(sampleConfigure());
    QTest::newRow("Configure without anything") << sample(Configure{});
    QTest::newRow("Exec") << sample(sampleExec());
    QTest::newRow("Copy") << sample(Copy{Copy::Direction::In, "/srv/a b", "", true, true});
    QTest::newRow("Signal") << sample(Signal{15});
    QTest::newRow("Resize") << sample(Resize{50, 200});
    QTest::newRow("Hangup") << sample(Hangup{});
    QTest::newRow("UsageRequest") << sample(UsageRequest{});
    QTest::newRow("SetClock") << sample(SetClock{-5ns});
    QTest::newRow("Shutdown") << sample(Shutdown{30s});
    QTest::newRow("Hello") << sample(Hello{1, "0.1", "6.1", 300ms});
    QTest::newRow("Ready") << sample(Ready{{{"root", 5ms}, {"network", 1us}}});
    QTest::newRow("Failed") << sample(Failed{"root", "cannot mount"});
    QTest::newRow("Started") << sample(Started{4'000'000'000});
    QTest::newRow("ExecFailed") << sample(ExecFailed{ExecFailed::Reason::TooMany, "too many"});
    QTest::newRow("Exited") << sample(Exited{0, 9, true});
    QTest::newRow("Usage") << sample(Usage{1s, 2s, 3s, 4, 5, 6, 1ull << 60, 8, 9, 10s});
    QTest::newRow("Log") << sample(Log{"line"});
    QTest::newRow("ShuttingDown") << sample(ShuttingDown{});
    QTest::newRow("Eof") << sample(Eof{Channel::Stderr});
    QTest::newRow("Credit") << sample(Credit{Channel::Stdout, 65536});
}

void TestAgentMessages::messagesSurviveTheTrip()
{
    QFETCH(Sample, message);
    QVERIFY(message.isSame(message.bytes));
}

void TestAgentMessages::incompleteMessagesAreRefused()
{
    QFETCH(Sample, message);
    for (std::size_t length = 0; length < message.bytes.size(); ++length)
        QVERIFY2(!message.isValid(BytesView(message.bytes).first(length)),
                 qPrintable(QString::number(length)));
    Bytes longer = message.bytes;
    longer.push_back(0);
    QVERIFY2(!message.isValid(longer), "one byte is left over");
}

void TestAgentMessages::valuesOutOfRangeAreRefused_data()
{
    QTest::addColumn<bool>("accepted");
    QTest::newRow("signal 0") << Signal::decode(Bytes{0}).has_value();
    QTest::newRow("signal 65") << Signal::decode(Bytes{65}).has_value();
    Exec stopped;
    stopped.stopSignal = 65;
    QTest::newRow("stop signal 65") << Exec::decode(stopped.encode()).has_value();
    QTest::newRow("a copy in direction 2")
        << Copy::decode(Bytes{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).has_value();
    QTest::newRow("channel 3") << Eof::decode(Bytes{3}).has_value();
    QTest::newRow("no credit") << Credit::decode(Bytes{1, 0, 0, 0, 0}).has_value();
    QTest::newRow("credit above the window") << Credit::decode(Bytes{1, 1, 0, 4, 0}).has_value();
    QTest::newRow("a flag of 2") << Exited::decode(Bytes{0, 0, 2}).has_value();
    QTest::newRow("an exit code and a signal") << Exited::decode(Bytes{1, 9, 0}).has_value();
    QTest::newRow("signal 200 at the end") << Exited::decode(Bytes{0, 200, 0}).has_value();
    QTest::newRow("reason 6") << ExecFailed::decode(Bytes{6, 0, 0, 0, 0}).has_value();
    Configure configure;
    configure.network.prefixLength = 33;
    QTest::newRow("a prefix of 33 bits") << Configure::decode(configure.encode()).has_value();
}

void TestAgentMessages::valuesOutOfRangeAreRefused()
{
    QFETCH(bool, accepted);
    QVERIFY(!accepted);
}

void TestAgentMessages::aListsCountIsCheckedBeforeMemoryIsTaken()
{
    Bytes manyStages(4, 0xff);
    manyStages.resize(100);
    QVERIFY(!Ready::decode(manyStages));
    ByteReader reader(manyStages);
    QCOMPARE(reader.count(1), 0u);
    QVERIFY(!reader.ok());
    QVERIFY(reader.strings().empty());
    QCOMPARE(reader.u64(), 0u);
}

QTEST_APPLESS_MAIN(TestAgentMessages)
#include "tst_agentmessages.moc"
