#include "core/control/controlmessages.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace boxgate;

namespace {

template <typename T> void comesBack(const T &value)
{
    // Over the text, as on the socket.
    const QByteArray text = QJsonDocument(value.toJson()).toJson(QJsonDocument::Compact);
    const Result<T> read = T::fromJson(QJsonDocument::fromJson(text).object());
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QVERIFY(*read == value);
}

RunnerState someState()
{
    RunnerState state;
    state.state = BoxState::Running;
    state.stage = StartStage::Ready;
    state.accelerator = QStringLiteral("tcg");
    state.acceleratorReason = QStringLiteral("kvm does not work here");
    state.startedAt = QDateTime::fromMSecsSinceEpoch(1'764'000'000'123, Qt::UTC);
    state.runnerPid = 12;
    state.qemuPid = 34;
    state.counters.bytesSent = 1ULL << 52;
    state.usage.cpuPercent = 1.5;
    state.network.mode = NetworkMode::Allowlist;
    state.network.allowNet = {QStringLiteral("*.example.org:443")};
    state.ports = {PortMapping{Protocol::Udp, QStringLiteral("127.0.0.1"), 40000, 53}};
    state.openedUntil = QDateTime::fromMSecsSinceEpoch(1'764'000'600'456, Qt::UTC);
    state.hasInterface = true;
    state.boot = {{QStringLiteral("disk"), std::chrono::milliseconds(17)}};
    state.command = {QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("ü\n")};
    return state;
}

Result<ExecParams> exec(const QJsonObject &object) { return ExecParams::fromJson(object); }

} // namespace

class TestControlMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void valuesComeBack();
    void requests_data();
    void requests();
    void responses();
    void errorsAreBounded();
    void refusedParams_data();
    void refusedParams();
    void helloOfAnotherProtocolNamesItsVersion();
};

void TestControlMessages::valuesComeBack()
{
    comesBack(someState());
    comesBack(SampleEvent{NetSample{5, 6, 7, 8}, NetCounters{.bytesSent = 1}, BoxUsage{.processes = 3}});
    comesBack(SubscribeParams{true, false});
    comesBack(SubscribeParams{false, true});
    ExecParams params;
    params.command = {QStringLiteral("cat"), QString()};
    params.environment = {QStringLiteral("A=b=c"), QStringLiteral("E=")};
    params.tty = params.wantsStdin = true;
    params.rows = 65535;
    params.timeout = std::chrono::hours(24);
    comesBack(params);
    comesBack(AttachParams{true, true, 24, 80});
    comesBack(ExitedEvent{0, 9, true});
    comesBack(ResizeParams{0xffffffff, 1, 2});
    comesBack(SignalParams{1, 64});
    comesBack(StopParams{StopParams::Mode::Kill, std::chrono::milliseconds(0)});
    comesBack(NetworkParams{someState().network, ExistingFlows::Close});
    comesBack(OpenNetworkParams{std::chrono::minutes(10)});
    RunnerState closed = someState();
    closed.openedUntil = {};
    comesBack(closed);
    QVERIFY(!OpenNetworkParams::fromJson({}));
    QVERIFY(!OpenNetworkParams::fromJson({{QStringLiteral("seconds"), 0}}));
    QVERIFY(!OpenNetworkParams::fromJson({{QStringLiteral("seconds"), 1e9}}));
    comesBack(SamplesParams{1'764'000'000});
    comesBack(SamplesResult{{NetSample{1, 2, 3, 4}}, true});
    comesBack(ControlHello{.version = QStringLiteral("0.1.0"), .id = QStringLiteral("abc")});
    QCOMPARE((ExitedEvent{0, 9, false}).status(), 137);
}

void TestControlMessages::requests_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("method"); // empty: refused

    QTest::newRow("with params") << QByteArray(R"({"method":"ping","params":{}})") << "ping";
    QTest::newRow("without params") << QByteArray(R"({"method":"state"})") << "state";
    QTest::newRow("no method") << QByteArray(R"({"params":{}})") << "";
    QTest::newRow("method of another type") << QByteArray(R"({"method":5})") << "";
    QTest::newRow("params of another type") << QByteArray(R"({"method":"ping","params":[]})") << "";
    QTest::newRow("unknown field") << QByteArray(R"({"method":"ping","id":1})") << "";
    QTest::newRow("array") << QByteArray("[]") << "";
    QTest::newRow("not JSON") << QByteArray("{]") << "";
    QTest::newRow("not UTF-8") << QByteArray("{\"method\":\"\xff\"}") << "";
    QTest::newRow("deeply nested") << QByteArray(100'000, '[') << "";
}

void TestControlMessages::requests()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, method);
    const Result<ControlRequest> request = ControlRequest::decode(json);
    QCOMPARE(request.has_value(), !method.isEmpty());
    if (request)
        QCOMPARE(request->method, method);
}

void TestControlMessages::responses()
{
    const Result<QJsonObject> result = decodeResponse(encodeResult({{QStringLiteral("pid"), 3}}));
    QVERIFY(result);
    QCOMPARE(result->value(QStringLiteral("pid")).toInt(), 3);

    const Error error{ErrorCode::NotFound, QStringLiteral("No 'x'"), ExecFailure::NotFound};
    const Result<QJsonObject> failed = decodeResponse(encodeError(error));
    QVERIFY(!failed);
    QCOMPARE(failed.error(), error);

    QVERIFY(!decodeResponse("{}"));
    QVERIFY(!decodeResponse(R"({"result":{},"error":{"code":"io","message":"x"}})"));
    QVERIFY(decodeResponse(R"({"result":5})").error().code == ErrorCode::InvalidArgument);
}

void TestControlMessages::errorsAreBounded()
{
    const Error error{ErrorCode::Io, QStringLiteral("x"), QString(1'000'000, QChar(1))};
    QVERIFY(encodeError(error).size() < 256 * 1024);
}

void TestControlMessages::refusedParams_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("names"); // the field the message names

    QTest::newRow("no command") << QByteArray(R"({})") << "command";
    QTest::newRow("empty command") << QByteArray(R"({"command":[]})") << "command";
    QTest::newRow("empty program") << QByteArray(R"({"command":[""]})") << "command";
    QTest::newRow("number in command") << QByteArray(R"({"command":["a",5]})") << "command";
    QTest::newRow("zero byte") << QByteArray("{\"command\":[\"a\\u0000b\"]}") << "command";
    QTest::newRow("variable without =")
        << QByteArray(R"({"command":["a"],"environment":["X"]})") << "environment";
    QTest::newRow("rows too large") << QByteArray(R"({"command":["a"],"rows":65536})") << "rows";
    QTest::newRow("negative columns") << QByteArray(R"({"command":["a"],"columns":-1})") << "columns";
    QTest::newRow("timeout beyond 32 bits")
        << QByteArray(R"({"command":["a"],"timeout_ms":4294967296})") << "timeout_ms";
    QTest::newRow("fractional timeout")
        << QByteArray(R"({"command":["a"],"timeout_ms":1.5})") << "timeout_ms";
    QTest::newRow("tty no flag") << QByteArray(R"({"command":["a"],"tty":"yes"})") << "tty";
    QTest::newRow("unknown field") << QByteArray(R"({"command":["a"],"sudo":true})") << "sudo";
}

void TestControlMessages::refusedParams()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, names);
    const Result<ExecParams> read = exec(QJsonDocument::fromJson(json).object());
    QVERIFY(!read);
    QVERIFY(read.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(read.error().message.contains(names), qPrintable(read.error().message));
}

void TestControlMessages::helloOfAnotherProtocolNamesItsVersion()
{
    const QJsonObject hello{{QStringLiteral("event"), QStringLiteral("hello")},
                            {QStringLiteral("protocol"), 2},
                            {QStringLiteral("version"), QStringLiteral("9.9")},
                            {QStringLiteral("news"), true}};
    const Result<ControlHello> read = ControlHello::fromJson(hello);
    QVERIFY(!read);
    QVERIFY(read.error().code == ErrorCode::Protocol);
    QVERIFY(read.error().message.contains(QStringLiteral("9.9")));
}

QTEST_GUILESS_MAIN(TestControlMessages)
#include "tst_controlmessages.moc"
