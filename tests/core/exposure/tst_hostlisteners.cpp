#include "core/exposure/hostlisteners.h"
#include "core/exposure/procnet.h"

#include <QTcpServer>
#include <QUdpSocket>
#include <QtTest>

#include <algorithm>
#include <unistd.h>

using namespace boxgate;

namespace {

/// Recorded on Linux 6.1, x86-64.
constexpr auto Tcp4 =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   112        0 21504 1 "
    "0000000000000000 100 0 0 10 0\n"
    "   1: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 17001 1 "
    "0000000000000000 100 0 0 10 0\n"
    "   2: 00000000:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18002 1 "
    "0000000000000000 100 0 0 10 0\n"
    "   3: 0201A8C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 18003 1 "
    "0000000000000000 100 0 0 10 0\n"
    "   4: 0100007F:A1B2 0100007F:1538 01 00000000:00000000 00:00000000 00000000  1000        0 31111 1 "
    "0000000000000000 20 4 30 10 -1\n";
constexpr auto Tcp6 =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue "
    "tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 16001 1 0000000000000000 100 0 0 10 0\n"
    "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 16002 1 0000000000000000 100 0 0 10 0\n"
    "   2: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000  1000        0 16003 1 0000000000000000 100 0 0 10 0\n";
constexpr auto Udp4 = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
                      "timeout inode ref pointer drops\n"
                      "  100: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   110    "
                      "    0 15001 2 0000000000000000 0\n"
                      "  101: 0100007F:C001 0100007F:0035 01 00000000:00000000 00:00000000 00000000  1000    "
                      "    0 15002 2 0000000000000000 0\n";

HostListener listenerOn(const char *address, quint16 port, Protocol protocol = Protocol::Tcp)
{
    HostListener listener;
    listener.protocol = protocol;
    listener.address = QHostAddress(QString::fromLatin1(address));
    listener.port = port;
    return listener;
}

QList<quint16> portsOf(const QList<HostListener> &listeners)
{
    QList<quint16> ports;
    for (const HostListener &listener : listeners)
        ports.append(listener.port);
    return ports;
}

std::optional<HostListener> findPort(const QList<HostListener> &listeners, Protocol protocol, quint16 port)
{
    const auto found = std::find_if(listeners.begin(), listeners.end(), [&](const HostListener &one) {
        return one.protocol == protocol && one.port == port;
    });
    return found == listeners.end() ? std::nullopt : std::optional(*found);
}

} // namespace

class HostListenersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsRecordedTables();
    void survivesDamagedTables_data();
    void survivesDamagedTables();
    void readsSocketLinks();
    void knowsWhatLoopbackReaches_data();
    void knowsWhatLoopbackReaches();
    void followsTheNetwork_data();
    void followsTheNetwork();
    void publishedPortsOfBoxesAreExposed();
    void joinsTheSameServiceOnBothFamilies();
    void namesSensitiveServices();
    void findsLiveSockets();
    void searchesProcessesOnlyForNewSockets();
    void findsTheHolderOfAPort_data();
    void findsTheHolderOfAPort();
    void saysWhenThereIsNoProc();
};

void HostListenersTest::readsRecordedTables()
{
    const QList<ListeningSocket> tcp = parseSocketTable(Tcp4, Protocol::Tcp);
    QCOMPARE(tcp.size(), 4); // the established one is none
    QVERIFY(
        (tcp[0] == ListeningSocket{Protocol::Tcp, QHostAddress(QStringLiteral("127.0.0.1")), 5432, 21504}));
    QCOMPARE(tcp[1].address, QHostAddress(QStringLiteral("127.0.0.53")));
    QCOMPARE(tcp[2].port, quint16(2375));
    QVERIFY(!isOnLoopback(tcp[3].address)); // 192.168.1.2
    const QList<ListeningSocket> tcp6 = parseSocketTable(Tcp6, Protocol::Tcp);
    QCOMPARE(tcp6.size(), 3);
    QCOMPARE(tcp6[0].address, QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(tcp6[1].address, QHostAddress(QHostAddress::AnyIPv6));
    QVERIFY(isOnLoopback(tcp6[2].address));
    const QList<ListeningSocket> udp = parseSocketTable(Udp4, Protocol::Udp);
    QCOMPARE(udp.size(), 1); // the one with a peer is none
    QCOMPARE(udp[0].port, quint16(5353));
}

void HostListenersTest::survivesDamagedTables_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("heading alone") << QByteArray(Tcp4).left(97);
    QTest::newRow("no address") << QByteArray("0: :1538 0:0 0A 0:0 00:0 0 0 0 21504 1\n");
    QTest::newRow("address of the wrong length")
        << QByteArray("0: 0100:1538 0:0 0A 0:0 00:0 0 0 0 21504 1\n");
    QTest::newRow("port beyond 65535") << QByteArray("0: 0100007F:11538 0:0 0A 0:0 00:0 0 0 0 21504 1\n");
    QTest::newRow("no digits") << QByteArray("0: 0100007G:1538 0:0 0A 0:0 00:0 0 0 0 21504 1\n");
    QTest::newRow("bytes") << QByteArray(500, '\xFF');
}

void HostListenersTest::survivesDamagedTables()
{
    QFETCH(const QByteArray, table);
    QVERIFY(parseSocketTable(table, Protocol::Tcp).isEmpty());
}

void HostListenersTest::readsSocketLinks()
{
    QCOMPARE(socketInode("socket:[4711]"), 4711U);
    QCOMPARE(socketInode("pipe:[4711]"), 0U);
    QCOMPARE(socketInode("socket:[]"), 0U);
    QCOMPARE(socketInode("/dev/null"), 0U);
}

void HostListenersTest::knowsWhatLoopbackReaches_data()
{
    QTest::addColumn<QByteArray>("address");
    QTest::addColumn<bool>("reached");
    QTest::newRow("127.0.0.1") << QByteArray("127.0.0.1") << true;
    QTest::newRow("all of IPv4") << QByteArray("0.0.0.0") << true;
    QTest::newRow("both families") << QByteArray("::") << true;
    QTest::newRow("mapped 127.0.0.1") << QByteArray("::ffff:127.0.0.1") << true;
    QTest::newRow("another loopback address") << QByteArray("127.0.0.53") << false;
    QTest::newRow("::1") << QByteArray("::1") << false;
    QTest::newRow("a network's address") << QByteArray("192.168.1.2") << false;
}

void HostListenersTest::knowsWhatLoopbackReaches()
{
    QFETCH(const QByteArray, address);
    QFETCH(const bool, reached);
    QCOMPARE(isReachedOnLoopback(listenerOn(address.constData(), 80)), reached);
}

void HostListenersTest::followsTheNetwork_data()
{
    QTest::addColumn<NetworkMode>("mode");
    QTest::addColumn<HostLoopback>("loopback");
    QTest::addColumn<QList<quint16>>("ports");
    QTest::newRow("open, open") << NetworkMode::Open << HostLoopback::Open << QList<quint16>{80, 5432};
    QTest::newRow("allowlist, open") << NetworkMode::Allowlist << HostLoopback::Open
                                     << QList<quint16>{80, 5432};
    QTest::newRow("open, one port") << NetworkMode::Open << HostLoopback::Ports << QList<quint16>{5432};
    QTest::newRow("open, off") << NetworkMode::Open << HostLoopback::Off << QList<quint16>();
    QTest::newRow("network off") << NetworkMode::Off << HostLoopback::Open << QList<quint16>();
}

void HostListenersTest::followsTheNetwork()
{
    QFETCH(const NetworkMode, mode);
    QFETCH(const HostLoopback, loopback);
    QFETCH(const QList<quint16>, ports);
    NetworkSpec network;
    network.mode = mode;
    network.hostLoopback = loopback;
    network.hostLoopbackPorts = {5432, 9};
    HostListener nameServer = listenerOn("127.0.0.1", 40001);
    nameServer.processName = QStringLiteral("boxgate-runner");
    const QList<HostListener> listeners = {listenerOn("127.0.0.1", 5432), listenerOn("0.0.0.0", 80),
                                           listenerOn("::1", 81), listenerOn("127.0.0.53", 53), nameServer};
    QCOMPARE(portsOf(exposureOf(network, listeners)), ports);
}

void HostListenersTest::publishedPortsOfBoxesAreExposed()
{
    HostListener published = listenerOn("127.0.0.1", 8080);
    published.processName = QStringLiteral("boxgate-runner");
    HostListener nameServer = published;
    nameServer.port = 40001;
    PortMapping port;
    port.hostPort = 8080;
    const QList<HostListener> listeners{published, nameServer};
    QCOMPARE(portsOf(exposureOf({}, listeners, {port})), QList<quint16>{8080});
    QVERIFY(exposureOf({}, listeners).isEmpty());
    port.protocol = Protocol::Udp; // another port
    QVERIFY(exposureOf({}, listeners, {port}).isEmpty());
}

void HostListenersTest::joinsTheSameServiceOnBothFamilies()
{
    HostListener named = listenerOn("::", 80);
    named.processName = QStringLiteral("nginx");
    const QList<HostListener> exposed =
        exposureOf({}, {listenerOn("0.0.0.0", 80), named, listenerOn("0.0.0.0", 80, Protocol::Udp)});
    QCOMPARE(exposed.size(), 2);
    QCOMPARE(exposed[0].label(), QStringLiteral("nginx"));
    QCOMPARE(exposed[1].label(), QStringLiteral("port 80"));
}

void HostListenersTest::namesSensitiveServices()
{
    QCOMPARE(wellKnownService(Protocol::Tcp, 2375).name, QStringLiteral("docker"));
    QVERIFY(wellKnownService(Protocol::Tcp, 5432).sensitive);
    QVERIFY(!wellKnownService(Protocol::Tcp, 80).sensitive);
    QVERIFY(wellKnownService(Protocol::Udp, 5432).name.isEmpty());
}

void HostListenersTest::findsLiveSockets()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QUdpSocket udp;
    QVERIFY(udp.bind(QHostAddress::AnyIPv4, 0));
    HostListeners listeners;
    const Result<QList<HostListener>> now = listeners.current();
    QVERIFY(now);
    const auto tcp = findPort(*now, Protocol::Tcp, server.serverPort());
    QVERIFY(tcp);
    QCOMPARE(tcp->address, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(tcp->pid, qint64(::getpid()));
    QCOMPARE(tcp->processName, QStringLiteral("tst_hostlistene")); // the kernel keeps 15 characters
    QVERIFY(findPort(*now, Protocol::Udp, udp.localPort()));
    const quint16 port = server.serverPort();
    server.close();
    QVERIFY(!findPort(*listeners.current(), Protocol::Tcp, port));
}

void HostListenersTest::searchesProcessesOnlyForNewSockets()
{
    QTcpServer first;
    QVERIFY(first.listen(QHostAddress::LocalHost));
    HostListeners listeners;
    // Other programs of this machine may open sockets meanwhile: only a run without any of them counts.
    QTRY_VERIFY([&] {
        (void)listeners.current();
        const int before = listeners.processSearches();
        (void)listeners.current();
        return listeners.processSearches() == before;
    }());
    const int before = listeners.processSearches();
    QTcpServer second;
    QVERIFY(second.listen(QHostAddress::LocalHost));
    const auto found = findPort(*listeners.current(), Protocol::Tcp, second.serverPort());
    QVERIFY(found);
    QCOMPARE(found->pid, qint64(::getpid()));
    QVERIFY(listeners.processSearches() > before);
}

void HostListenersTest::findsTheHolderOfAPort_data()
{
    QTest::addColumn<QString>("held");
    QTest::addColumn<QString>("wanted");
    QTest::addColumn<bool>("isHolder");
    QTest::newRow("the same address") << "127.0.0.1"
                                      << "127.0.0.1" << true;
    QTest::newRow("held on all addresses") << "0.0.0.0"
                                           << "127.0.0.1" << true;
    QTest::newRow("held on all of IPv6 too") << "::"
                                             << "127.0.0.1" << true;
    QTest::newRow("wanted on all addresses") << "127.0.0.1"
                                             << "0.0.0.0" << true;
    QTest::newRow("another address") << "127.0.0.1"
                                     << "127.0.0.2" << false;
}

void HostListenersTest::findsTheHolderOfAPort()
{
    QFETCH(const QString, held);
    QFETCH(const QString, wanted);
    QFETCH(const bool, isHolder);
    QTcpServer server;
    if (!server.listen(QHostAddress(held)))
        QSKIP("this host has no such address");
    HostListeners listeners;
    const auto holder = listeners.holderOf(Protocol::Tcp, QHostAddress(wanted), server.serverPort());
    QCOMPARE(holder.has_value(), isHolder);
    QVERIFY(!isHolder || holder->pid == ::getpid());
    QVERIFY(!isHolder || holder->label() == QLatin1String("tst_hostlistene"));
    // Another protocol's port is another port, and one that is free has no holder.
    QVERIFY(!listeners.holderOf(Protocol::Udp, QHostAddress(wanted), server.serverPort()));
    const quint16 port = server.serverPort();
    server.close();
    QVERIFY(!listeners.holderOf(Protocol::Tcp, QHostAddress(wanted), port));
}

void HostListenersTest::saysWhenThereIsNoProc()
{
    const auto result = HostListeners(QStringLiteral("/nonexistent")).current();
    QVERIFY(!result);
    QCOMPARE(toString(result.error().code), QStringLiteral("unavailable"));
}

QTEST_GUILESS_MAIN(HostListenersTest)
#include "tst_hostlisteners.moc"
