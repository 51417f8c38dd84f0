#include "runnerhome.h"

#include "core/client/boxoperations.h"

#include <QCoroTask>
#include <QElapsedTimer>
#include <QFile>
#include <QNetworkInterface>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

/// An address of this host that a box reaches like any other machine's: not over its loopback.
QString hostAddress()
{
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        if (address.protocol() == QAbstractSocket::IPv4Protocol && !address.isLoopback())
            return address.toString();
    }
    return {};
}

/// Sends back what comes, on an address of the host's own.
struct EchoServer
{
    QTcpServer server;
    QList<QTcpSocket *> clients;
    qint64 received = 0;

    EchoServer()
    {
        if (!server.listen(QHostAddress(hostAddress())))
            qFatal("the echo server cannot listen");
        QObject::connect(&server, &QTcpServer::newConnection, &server, [this] {
            QTcpSocket *const socket = server.nextPendingConnection();
            clients.append(socket);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                const QByteArray bytes = socket->readAll();
                received += bytes.size();
                socket->write(bytes);
            });
        });
    }
    QString port() const { return QString::number(server.serverPort()); }
    bool isConnected() const
    {
        return !clients.isEmpty() && clients.last()->state() == QAbstractSocket::ConnectedState;
    }
};

PortMapping mapping(quint16 hostPort, quint16 guestPort)
{
    PortMapping made;
    made.hostPort = hostPort;
    made.guestPort = guestPort;
    return made;
}

NetworkEdit ruling(const QStringList &rules)
{
    return [rules](NetworkSpec &network) -> Result<void> {
        network.mode = NetworkMode::Allowlist;
        network.allowNet = rules;
        return {};
    };
}

NetworkEdit publishing(const QList<PortMapping> &ports)
{
    return [ports](NetworkSpec &network) -> Result<void> {
        network.ports = ports;
        return {};
    };
}

} // namespace

/// The gate of a real box, seen from a client: what it tells, and what changes while the box runs.
class TestRunnerGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void theGuestKnowsItsNames();
    void whatARuleAllowsIsLetInAndExplained();
    void aRemovedRuleEndsItsFlows();
    void aFlowIsClosedByItsNumber();
    void portsLeadIn();
    void portsComeAndGo();
    void aTakenPortIsRefusedWithItsOwner();
    void framesAreCaptured();
    void limitsHold();
    void liveEventsCome();
    void theHistoryOutlivesTheRun();
    void aTakenPortFailsTheStart();

private:
    Result<NetworkSpec> change(const NetworkEdit &edit, ExistingFlows existing = ExistingFlows::Keep)
    {
        return QCoro::waitFor(m_operations->changeNetwork(m_id, edit, existing));
    }
    QString rule() const { return hostAddress() + u':' + m_echo->port(); }
    QString named() const { return QStringLiteral("db.lab.test:%1").arg(m_echo->port()); }
    /// A connection of the box to the echo server that stays.
    void connectFromBox()
    {
        const QString script = QStringLiteral("setsid sh -c 'sleep 600 | nc db.lab.test %1' >/dev/null 2>&1 "
                                              "</dev/null & sleep 0")
                                   .arg(m_echo->port());
        QVERIFY(shell(*m_box, script).exit);
        QTRY_VERIFY_WITH_TIMEOUT(m_echo->isConnected(), 20'000);
    }
    std::optional<NetFlow> flowToEcho()
    {
        const auto flows = QCoro::waitFor(m_handle->flows());
        for (const NetFlow &flow : flows.value_or(QList<NetFlow>())) {
            if (flow.peer.port == m_echo->server.serverPort() && flow.peer.protocol == "tcp")
                return flow;
        }
        return std::nullopt;
    }
    /// Sends a line through a port of the host; the box's server sends it back.
    QByteArray throughPort(quint16 port)
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, port);
        if (!socket.waitForConnected(10'000))
            return "not connected";
        socket.write("hello\n");
        while (!socket.canReadLine() && socket.waitForReadyRead(20'000)) { }
        return socket.readLine();
    }

    std::unique_ptr<RunnerHome> m_home;
    std::unique_ptr<BoxStore> m_store;
    std::unique_ptr<BoxOperations> m_operations;
    std::unique_ptr<EchoServer> m_echo;
    BoxId m_id;
    std::unique_ptr<ControlConnection> m_box;
    std::shared_ptr<BoxHandle> m_handle;
};

void TestRunnerGate::initTestCase()
{
    if (hostAddress().isEmpty())
        QSKIP("this host has no address but its loopback's");
    m_home = std::make_unique<RunnerHome>();
    m_echo = std::make_unique<EchoServer>();
    m_id = m_home->create("gate", [this](BoxSpec &spec) {
        spec.network.mode = NetworkMode::Allowlist;
        spec.network.allowNet = QStringList{rule()};
        spec.network.hostLoopback = HostLoopback::Off;
        spec.network.zones = {DnsZone{"lab.test", {DnsRecord{"db", hostAddress()}}, {}}};
        spec.network.searchDomains = QStringList{"lab.test", "local"};
        spec.network.ports = {mapping(0, 7777)};
    });
    m_store = std::move(*BoxStore::open(m_home->paths().database()));
    m_operations = std::make_unique<BoxOperations>(m_home->paths(), m_store.get());
    m_box = m_home->startAndWait(m_id);
    QVERIFY(m_box);
    const auto connected = QCoro::waitFor(m_operations->connect(m_id));
    QVERIFY(connected);
    m_handle = *connected;
}

void TestRunnerGate::theGuestKnowsItsNames()
{
    const ExecOutcome resolver = shell(*m_box, "cat /etc/resolv.conf");
    QVERIFY2(resolver.out.contains("search lab.test local\n"), resolver.out);
    const ExecOutcome lookedUp = shell(*m_box, "nslookup db.lab.test");
    QVERIFY2(lookedUp.out.contains(hostAddress().toLatin1()), lookedUp.out + lookedUp.err);
    const auto questions = QCoro::waitFor(m_handle->dnsLog());
    QVERIFY(questions);
    const auto isIt = [](const NetDnsQuestion &one) { return one.name == "db.lab.test" && one.type == 1; };
    const auto question = std::find_if(questions->begin(), questions->end(), isIt);
    QVERIFY(question != questions->end());
    QVERIFY(question->result == DnsResult::Zone);
    QCOMPARE(question->addresses, QStringList{hostAddress()});
}

void TestRunnerGate::whatARuleAllowsIsLetInAndExplained()
{
    connectFromBox();
    std::optional<NetFlow> flow;
    QTRY_VERIFY((flow = flowToEcho()) && flow->established);
    QVERIFY(flow->reason == GateReason::AddressRule);
    QCOMPARE(flow->rule, rule());
    QCOMPARE(flow->peer.address, hostAddress());
    QVERIFY(flow->begun.isValid() && flow->traffic.bytesSent > 0);
    const auto destinations = QCoro::waitFor(m_handle->destinations());
    QVERIFY(destinations && !destinations->isEmpty());
    const auto use = QCoro::waitFor(m_handle->ruleUse());
    QCOMPARE(use->size(), 1);
    QVERIFY(use->first().hits >= 1);
    QVERIFY(use->first().lastUse.isValid());
    for (const QString &destination : {rule(), named()}) {
        const auto test = QCoro::waitFor(m_handle->testDestination(destination));
        QVERIFY(test && test->allowed);
        QCOMPARE(test->rule, rule());
    }
}

void TestRunnerGate::aRemovedRuleEndsItsFlows()
{
    QVERIFY(change(ruling({}))); // kept: the flow goes on with its verdict
    QVERIFY(flowToEcho());
    QVERIFY(m_echo->isConnected());
    QVERIFY(change(ruling({}), ExistingFlows::Close));
    QTRY_VERIFY(!m_echo->isConnected());
    QVERIFY(!flowToEcho());

    const auto test = QCoro::waitFor(m_handle->testDestination(rule()));
    QVERIFY(test && !test->allowed && test->reason == GateReason::NoRule);
    QVERIFY(test->nextStep.contains(rule()));
    const QString attempt = QStringLiteral("nc -w 3 %1 %2 </dev/null").arg(hostAddress(), m_echo->port());
    QVERIFY(shell(*m_box, attempt).exit->exitCode != 0);
    const auto blocked = QCoro::waitFor(m_handle->blocked());
    const auto isIt = [this](const NetBlocked &one) {
        return one.peer.address == hostAddress() && one.peer.port == m_echo->server.serverPort();
    };
    const auto entry = std::find_if(blocked->begin(), blocked->end(), isIt);
    QVERIFY(entry != blocked->end());
    QVERIFY(entry->reason == GateReason::NoRule && entry->count >= 1);
}

void TestRunnerGate::aFlowIsClosedByItsNumber()
{
    QVERIFY(change(ruling({rule()})));
    connectFromBox();
    const std::optional<NetFlow> flow = flowToEcho();
    QVERIFY(flow);
    QVERIFY(QCoro::waitFor(m_handle->closeFlow(flow->id)));
    QTRY_VERIFY(!m_echo->isConnected());
    QVERIFY(QCoro::waitFor(m_handle->closeFlow(flow->id)).error().code == ErrorCode::NotFound);
}

void TestRunnerGate::portsLeadIn()
{
    const QString serve = "setsid nc -ll -p %1 -e cat >/dev/null 2>&1 </dev/null & sleep 0";
    QVERIFY(shell(*m_box, serve.arg(7777)).exit);
    QVERIFY(shell(*m_box, serve.arg(7778)).exit);
    const RunnerState state = stateOf(*m_box);
    QCOMPARE(state.ports.size(), 1);
    const quint16 port = state.ports.first().hostPort;
    QVERIFY(port != 0);
    QCOMPARE(state.network.ports.first().hostPort, 0); // the wish stays one
    QTRY_COMPARE_WITH_TIMEOUT(throughPort(port), QByteArray("hello\n"), 20'000);
    const auto ports = QCoro::waitFor(m_handle->ports());
    QCOMPARE(ports->size(), 1);
    QVERIFY(ports->first().map == state.ports.first());
    const auto box = m_operations->directory().find(m_id);
    BoxSummary summary = *box;
    describeRun(summary, state);
    QCOMPARE(summary.ports, state.ports);
}

void TestRunnerGate::portsComeAndGo()
{
    const quint16 first = stateOf(*m_box).ports.first().hostPort;
    QVERIFY(change(publishing({mapping(0, 7777), mapping(0, 7778)})));
    const QList<PortMapping> both = stateOf(*m_box).ports;
    QCOMPARE(both.size(), 2);
    QCOMPARE(both.first().hostPort, first); // one that stays keeps its number
    QTRY_COMPARE_WITH_TIMEOUT(throughPort(both.last().hostPort), QByteArray("hello\n"), 20'000);
    QVERIFY(change(publishing({mapping(0, 7778)})));
    QCOMPARE(throughPort(first), QByteArray("not connected"));
    QCOMPARE(throughPort(both.last().hostPort), QByteArray("hello\n"));
}

void TestRunnerGate::aTakenPortIsRefusedWithItsOwner()
{
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost));
    const NetworkSpec before = m_store->find(m_id)->spec.network;
    const auto refused = change(publishing({mapping(0, 7778), mapping(holder.serverPort(), 7777)}));
    QVERIFY(!refused);
    const QString owner = QStringLiteral("Port %1 on 127.0.0.1 is taken by tst_runnergate (pid %2)");
    QVERIFY2(refused.error().message.startsWith(
                 owner.arg(holder.serverPort()).arg(QCoreApplication::applicationPid())),
             qPrintable(refused.error().message));
    QVERIFY(m_store->find(m_id)->spec.network == before);
    QCOMPARE(stateOf(*m_box).ports.size(), 1);
    holder.close();
    QVERIFY(change(publishing({mapping(0, 7778), mapping(holder.serverPort(), 7777)}))); // the control
}

void TestRunnerGate::framesAreCaptured()
{
    const auto capturing = [](bool on) -> NetworkEdit {
        return [on](NetworkSpec &network) -> Result<void> {
            network.capture = on;
            return {};
        };
    };
    QVERIFY(!QCoro::waitFor(m_handle->capture())->on);
    QVERIFY(change(capturing(true)));
    QVERIFY(QCoro::waitFor(m_handle->capture())->on);
    QCOMPARE(shell(*m_box, "ping -c 3 -i 0.2 192.168.127.1").exit->exitCode, 0);
    QVERIFY(change(capturing(false)));
    const auto capture = QCoro::waitFor(m_handle->capture());
    QVERIFY(capture && !capture->on);
    QVERIFY(capture->packets >= 6);
    QCOMPARE(capture->file, m_home->paths().boxCapture(m_id.toString()));
    QFile file(capture->file);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(quint64(file.size()), capture->bytes);
    QCOMPARE(file.read(4), QByteArray("\x0a\x0d\x0d\x0a")); // pcapng's section header
}

void TestRunnerGate::limitsHold()
{
    const auto limited = [](quint64 bytesPerSecond) -> NetworkEdit {
        return [bytesPerSecond](NetworkSpec &network) -> Result<void> {
            network.limits.sentBytesPerSecond = bytesPerSecond;
            return {};
        };
    };
    const qint64 before = m_echo->received;
    QVERIFY(change(limited(128 << 10)));
    QElapsedTimer clock;
    clock.start();
    const QString send =
        QStringLiteral("dd if=/dev/zero bs=1k count=512 2>/dev/null | nc -w 10 db.lab.test %1 "
                       ">/dev/null")
            .arg(m_echo->port());
    QVERIFY(shell(*m_box, send).exit);
    QTRY_COMPARE_WITH_TIMEOUT(m_echo->received, before + (512 << 10), 20'000);
    QVERIFY2(clock.elapsed() > 2000,
             qPrintable(QString::number(clock.elapsed()))); // 4 s, with its burst less
    QVERIFY(change(limited(0)));
}

void TestRunnerGate::liveEventsCome()
{
    QList<NetEvent> events;
    connect(m_handle.get(), &BoxHandle::netEventsReceived, this,
            [&events](const NetEventBatch &batch) { events += batch.events; });
    QVERIFY(QCoro::waitFor(m_handle->subscribeNetEvents()));
    const auto earlier = QCoro::waitFor(m_handle->netEvents(0));
    QVERIFY(earlier && !earlier->events.isEmpty());
    connectFromBox();
    QVERIFY(QCoro::waitFor(m_handle->closeFlow(flowToEcho()->id)));
    const auto has = [&events](NetEvent::Kind kind) {
        return std::any_of(events.begin(), events.end(),
                           [kind](const NetEvent &event) { return event.kind == kind; });
    };
    QTRY_VERIFY(has(NetEvent::Kind::FlowBegun) && has(NetEvent::Kind::FlowEnded) && has(NetEvent::Kind::Dns));
    QVERIFY(events.first().sequence > earlier->events.last().sequence);
    QVERIFY(!m_echo->isConnected());
}

void TestRunnerGate::theHistoryOutlivesTheRun()
{
    QVERIFY(QCoro::waitFor(m_operations->stop(m_id, StopMode::Graceful, 20s)));
    const auto history =
        QCoro::waitFor(m_operations->trafficHistory(m_id, QDateTime::fromSecsSinceEpoch(0, Qt::UTC)));
    QVERIFY2(history, history ? "" : qPrintable(history.error().message));
    const auto isEcho = [this](const NetMinute &one) {
        // By its name from when the box has asked for it.
        const bool isPeer =
            one.peer.address == hostAddress() || one.peer.name == QLatin1String("db.lab.test");
        return isPeer && one.peer.port == m_echo->server.serverPort();
    };
    quint64 sent = 0;
    quint64 flows = 0;
    for (const NetMinute &one : *history) {
        sent += isEcho(one) ? one.traffic.bytesSent : 0;
        flows += isEcho(one) ? one.flows : 0;
    }
    QVERIFY(sent > 512 << 10);
    QVERIFY(flows >= 4);
}

void TestRunnerGate::aTakenPortFailsTheStart()
{
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost));
    const BoxId id = m_home->create(
        "late", [&holder](BoxSpec &spec) { spec.network.ports = {mapping(holder.serverPort(), 80)}; });
    QVERIFY(m_home->start(id));
    QVERIFY(m_home->waitForEnd(id, 60s));
    const std::optional<ExitRecord> record = m_home->record(id);
    QVERIFY(record && record->kind == ExitRecord::Kind::StartFailed);
    const QString sentence = QStringLiteral("Port %1 on 127.0.0.1 is taken by tst_runnergate");
    QVERIFY2(record->message.contains(sentence.arg(holder.serverPort())), qPrintable(record->message));
}

QTEST_GUILESS_MAIN(TestRunnerGate)
#include "tst_runnergate.moc"
