#include "core/control/controlmessages.h"
#include "core/runner/networkgate.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QUdpSocket>

using namespace boxgate;

namespace {

PortMapping mapping(quint16 hostPort, Protocol protocol = Protocol::Tcp)
{
    PortMapping made;
    made.protocol = protocol;
    made.hostPort = hostPort;
    made.guestPort = 80;
    return made;
}

/// Whether somebody listens on the port.
bool answers(quint16 port)
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, port);
    return socket.waitForConnected(5000);
}

} // namespace

class TestNetworkGate : public QObject
{
    Q_OBJECT

private:
    NetworkGate gateOf(const NetworkSpec &spec)
    {
        return NetworkGate("web", spec, m_folder.filePath("capture.pcapng"));
    }
    QString capture() const { return m_folder.filePath("capture.pcapng"); }

    QTemporaryDir m_folder;

private Q_SLOTS:
    void opensPortsAndTellsAutomaticOnes()
    {
        NetworkSpec spec;
        spec.ports = {mapping(0), mapping(0, Protocol::Udp)};
        NetworkGate gate = gateOf(spec);
        QVERIFY(gate.openPorts().isEmpty());
        const Result<Descriptor> wire = gate.start();
        QVERIFY2(wire, wire ? "" : qPrintable(wire.error().message));
        QCOMPARE(gate.openPorts().size(), 2);
        const quint16 port = gate.openPorts().first().hostPort;
        QVERIFY(port != 0);
        QVERIFY(gate.openPorts().last().hostPort != 0);
        QVERIFY(answers(port));
        QVERIFY(gate.spec() == spec); // the wish stays one
        gate.stop();
        QVERIFY(gate.openPorts().isEmpty());
        QVERIFY(!answers(port));
    }

    void aTakenPortFailsTheStartAndNamesItsOwner()
    {
        QTcpServer holder;
        QVERIFY(holder.listen(QHostAddress::LocalHost));
        NetworkSpec spec;
        spec.ports = {mapping(0), mapping(holder.serverPort())};
        NetworkGate gate = gateOf(spec);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(!wire);
        QVERIFY(wire.error().code == ErrorCode::Conflict);
        QCOMPARE(wire.error().message,
                 QStringLiteral("Port %1 on 127.0.0.1 is taken by %2 (pid %3): choose another, or 0 for an "
                                "automatic one")
                     .arg(holder.serverPort())
                     .arg("tst_networkgate")
                     .arg(QCoreApplication::applicationPid()));
        QVERIFY(gate.openPorts().isEmpty()); // all or nothing
        QVERIFY(!gate.engine());
        // The control: once it is free, the same start works.
        holder.close();
        QVERIFY(gate.start());
    }

    void aTakenUdpPortIsSaidToo()
    {
        QUdpSocket holder;
        QVERIFY(holder.bind(QHostAddress::LocalHost, 0));
        NetworkSpec spec;
        spec.ports = {mapping(holder.localPort(), Protocol::Udp)};
        NetworkGate gate = gateOf(spec);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(!wire);
        const QString begin = QStringLiteral("UDP port %1 on 127.0.0.1 is taken by tst_networkgate");
        QVERIFY2(wire.error().message.startsWith(begin.arg(holder.localPort())),
                 qPrintable(wire.error().message));
    }

    void ownersOfOtherUsersAreNotNamed()
    {
        const Error error = portTaken(mapping(8080), HostListener(), "errno");
        QCOMPARE(
            error.message,
            "Port 8080 on 127.0.0.1 is taken by another program: choose another, or 0 for an automatic one");
    }

    void portsComeAndGoWhileItRuns()
    {
        NetworkGate gate = gateOf(NetworkSpec());
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        NetworkSpec published;
        published.ports = {mapping(0)};
        QVERIFY(gate.apply(published, ExistingFlows::Keep));
        const quint16 port = gate.openPorts().first().hostPort;
        QVERIFY(answers(port));
        published.limits.sentBytesPerSecond = 1 << 20; // another change leaves it open
        QVERIFY(gate.apply(published, ExistingFlows::Keep));
        QCOMPARE(gate.openPorts().first().hostPort, port);
        QVERIFY(gate.apply(NetworkSpec(), ExistingFlows::Keep));
        QVERIFY(gate.openPorts().isEmpty());
        QVERIFY(!answers(port));
    }

    void aChangeThatFailsLeavesEverythingAsItWas()
    {
        QTcpServer holder;
        QVERIFY(holder.listen(QHostAddress::LocalHost));
        NetworkSpec before;
        before.ports = {mapping(0), mapping(0, Protocol::Udp)};
        NetworkGate gate = gateOf(before);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        const QList<PortMapping> open = gate.openPorts();

        NetworkSpec wanted;
        wanted.mode = NetworkMode::Allowlist;
        wanted.capture = true;
        PortMapping another = mapping(0);
        another.guestPort = 81;
        wanted.ports = {mapping(0), another, mapping(holder.serverPort())}; // one stays, one goes, two come
        const Result<void> refused = gate.apply(wanted, ExistingFlows::Close);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::Conflict);
        QVERIFY(gate.spec() == before);
        QVERIFY(gate.openPorts() == open); // the automatic ones have their numbers again
        QVERIFY(answers(open.first().hostPort));
        QVERIFY(!gate.capture().on);
        QVERIFY(gate.engine()->test("a.test:443")->isAllowed);

        holder.close();
        QVERIFY(gate.apply(wanted, ExistingFlows::Close)); // the control
        QVERIFY(gate.spec() == wanted);
        QCOMPARE(gate.openPorts().size(), 3);
        QCOMPARE(gate.openPorts().first(), open.first());
        QVERIFY(gate.capture().on);
        QVERIFY(!gate.engine()->test("a.test:443")->isAllowed);
    }

    void isOpenedWithoutAChangeOfItsSpecification()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        spec.allowNet = {"10.1.2.3"};
        NetworkGate gate = gateOf(spec);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        const auto isAllowed = [&gate](const char *destination) {
            return gate.engine()->test(destination)->isAllowed;
        };
        QVERIFY(isAllowed("10.1.2.3:80") && !isAllowed("10.9.9.9:80"));
        const QDateTime until = QDateTime::currentDateTimeUtc().addSecs(60);
        QVERIFY(gate.open(until));
        QVERIFY(isAllowed("10.9.9.9:80"));
        QVERIFY(gate.spec() == spec);
        QCOMPARE(gate.openedUntil(), until);
        // Rules change below it, and count once it is closed.
        spec.allowNet = {"10.1.2.4"};
        QVERIFY(gate.apply(spec, ExistingFlows::Keep));
        QVERIFY(isAllowed("10.9.9.9:80"));
        QVERIFY(gate.close());
        QVERIFY(!isAllowed("10.9.9.9:80") && !isAllowed("10.1.2.3:80") && isAllowed("10.1.2.4:80"));
        QVERIFY(gate.openedUntil().isNull());
        QVERIFY(gate.close());
    }

    void whoChoosesAnotherModeEndsTheOpening()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        NetworkGate gate = gateOf(spec);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        QVERIFY(gate.open(QDateTime::currentDateTimeUtc().addSecs(60)));
        spec.mode = NetworkMode::Off;
        QVERIFY(gate.apply(spec, ExistingFlows::Keep));
        QVERIFY(!gate.engine()->test("10.9.9.9:80")->isAllowed);
        QVERIFY(gate.openedUntil().isNull());
        QVERIFY(gate.close());
        QVERIFY(gate.spec().mode == NetworkMode::Off);
    }

    void aBoxWithoutInterfaceIsNotOpened()
    {
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        NetworkGate gate = gateOf(off);
        const Result<void> opened = gate.open(QDateTime::currentDateTimeUtc().addSecs(60));
        QVERIFY(!opened && opened.error().detail == NetworkRefusal::NextStart);
        QVERIFY(gate.openedUntil().isNull());
    }

    void whatIsFixedIsRefused_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<QString>("name");
        QTest::newRow("MTU") << 0 << "MTU";
        QTest::newRow("zones") << 1 << "DNS zones";
        QTest::newRow("search domains") << 2 << "search domains";
    }

    void whatIsFixedIsRefused()
    {
        QFETCH(int, what);
        QFETCH(QString, name);
        NetworkGate gate = gateOf(NetworkSpec());
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        NetworkSpec changed;
        if (what == 0)
            changed.mtu = 9000;
        else if (what == 1)
            changed.zones = {DnsZone{"lab.test", {}, {}}};
        else
            changed.searchDomains = QStringList{"lab.test"};
        const Result<void> refused = gate.apply(changed, ExistingFlows::Keep);
        QVERIFY(refused.error().code == ErrorCode::Conflict);
        QVERIFY(refused.error().detail != NetworkRefusal::NextStart);
        QCOMPARE(refused.error().message,
                 "The " + name + " of box web cannot change while it runs: stop it first");
        QVERIFY(gate.spec() == NetworkSpec());
    }

    void aBoxWithoutInterfaceGetsOneAtItsNextStart()
    {
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        NetworkGate gate = gateOf(off);
        QVERIFY(!gate.hasInterface());
        const Result<void> late = gate.apply(NetworkSpec(), ExistingFlows::Keep);
        QVERIFY(late.error().code == ErrorCode::Conflict);
        QCOMPARE(late.error().detail, NetworkRefusal::NextStart);
        NetworkSpec still = off;
        still.allowNet = QStringList{"a.test"};
        QVERIFY(gate.apply(still, ExistingFlows::Keep));
    }

    void capturesIntoANewPrivateFile()
    {
        QFile old(capture());
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("what was captured last time");
        QVERIFY(old.flush());
        QFile reader(capture());
        QVERIFY(reader.open(QIODevice::ReadOnly));
        NetworkSpec spec;
        spec.capture = true;
        NetworkGate gate = gateOf(spec);
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        QVERIFY(gate.capture().on);
        QCOMPARE(gate.capture().file, capture());
        QVERIFY(gate.apply(NetworkSpec(), ExistingFlows::Keep));
        QVERIFY(!gate.capture().on);
        QFile file(capture());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.read(4), QByteArray("\x0a\x0d\x0d\x0a")); // pcapng's section header
        const QFile::Permissions others =
            QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        QVERIFY(!(file.permissions() & others));
        QCOMPARE(reader.readAll(), QByteArray("what was captured last time")); // who reads it keeps it
        QVERIFY(gate.apply(spec, ExistingFlows::Keep));
        QVERIFY(gate.capture().on);
    }

    void aCaptureThatCannotBeginIsSaid()
    {
        NetworkSpec captured;
        captured.capture = true;
        NetworkGate gate("web", captured, m_folder.filePath("gone/capture.pcapng"));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"?web\"? is not captured: Cannot write"));
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire); // a box is worth more than its capture
        QVERIFY(!gate.capture().on);
        QVERIFY(gate.capture().error.startsWith("Cannot write the capture file"));
        QVERIFY(gate.apply(NetworkSpec(), ExistingFlows::Keep));
        const Result<void> refused = gate.apply(captured, ExistingFlows::Keep);
        QVERIFY(refused.error().code == ErrorCode::NotFound);
        QVERIFY(!gate.spec().capture);
    }
};

QTEST_GUILESS_MAIN(TestNetworkGate)
#include "tst_networkgate.moc"
