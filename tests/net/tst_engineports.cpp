#include "tests/net/enginebench.h"

#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

const QString Guest = QStringLiteral("192.168.127.2");
constexpr uint16_t GuestPort = 8080;

PortMap tcp(uint16_t hostPort = 0, uint16_t guestPort = GuestPort)
{
    return {Transport::Tcp, Ipv4::of(127, 0, 0, 1), hostPort, guestPort};
}

PortMap udp(uint16_t hostPort = 0, uint16_t guestPort = GuestPort)
{
    PortMap map = tcp(hostPort, guestPort);
    map.transport = Transport::Udp;
    return map;
}

/// A client of the host that comes from an address of its own.
int connectFrom(const QString &from, const QString &to, uint16_t port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from.toLatin1().constData(), &address.sin_addr);
    if (::bind(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        return -1;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, to.toLatin1().constData(), &address.sin_addr);
    if (::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) {
        ::close(socket);
        return -1;
    }
    const timeval limit{5, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
}

/// A server's part: says who has come, then echoes.
void greet(int socket)
{
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    ::getpeername(socket, reinterpret_cast<sockaddr *>(&peer), &size);
    char text[INET_ADDRSTRLEN];
    ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
    sendAll(socket, QByteArray(text) + '\n');
    echo(socket);
}

} // namespace

/// Ports of the host that lead into the box.
class TestEnginePorts : public QObject, EngineBench
{
    Q_OBJECT

private:
    std::unique_ptr<TcpServer> m_server;
    std::unique_ptr<UdpServer> m_datagrams;

    void start(const PolicyConfig &policy = {})
    {
        startEngine(policy);
        m_bench->inGuest([this] {
            m_server = std::make_unique<TcpServer>(Guest, greet, GuestPort);
            m_datagrams = std::make_unique<UdpServer>(
                Guest, [](const QByteArray &datagram) { return "got " + datagram; }, GuestPort);
        });
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup()
    {
        stop();
        m_server.reset();
        m_datagrams.reset();
    }

    void tcpComesThroughWholeAndFromTheHostAlias()
    {
        start();
        const auto map = m_engine->addPort(tcp());
        QVERIFY(map);
        QVERIFY(map->hostPort != 0);
        const int socket = connectTcp(Loopback, map->hostPort);
        QVERIFY(socket >= 0);
        QCOMPARE(receiveExactly(socket, 16), QByteArray("192.168.127.254\n"));
        const QByteArray data = pattern(4 << 20);
        std::thread sender([&] {
            sendAll(socket, data);
            ::shutdown(socket, SHUT_WR);
        });
        const QByteArray back = receiveExactly(socket, data.size() + 1);
        sender.join();
        ::close(socket);
        QVERIFY(back == data);
    }

    void otherClientsKeepTheirAddress()
    {
        start();
        PortMap wanted = tcp();
        wanted.bindAddress = Ipv4::of(0, 0, 0, 0);
        const auto map = m_engine->addPort(wanted);
        QVERIFY(map);
        const int socket = connectFrom(Other, Allowed, map->hostPort);
        QVERIFY(socket >= 0);
        QCOMPARE(receiveExactly(socket, 14), QByteArray("198.51.100.20\n"));
        ::close(socket);
    }

    void udpIsAnsweredToEachClient()
    {
        start();
        const auto map = m_engine->addPort(udp());
        QVERIFY(map);
        const int first = connectUdp(Loopback, map->hostPort);
        const int second = connectUdp(Loopback, map->hostPort);
        QCOMPARE(exchange(first, "one"), QByteArray("got one"));
        QCOMPARE(exchange(second, "two"), QByteArray("got two"));
        QCOMPARE(exchange(first, QByteArray(20000, 'x')), "got " + QByteArray(20000, 'x'));
        ::close(first);
        ::close(second);
        QCOMPARE(m_engine->ports().front().openFlows, 2u);
    }

    void udpAnswersComeFromTheAddressThatWasAsked()
    {
        start();
        PortMap wanted = udp();
        wanted.bindAddress = Ipv4::of(0, 0, 0, 0);
        const auto map = m_engine->addPort(wanted);
        QVERIFY(map);
        const int socket = connectUdp(Allowed, map->hostPort); // connected: another source would not be heard
        QCOMPARE(exchange(socket, "hi"), QByteArray("got hi"));
        ::close(socket);
    }

    void aTakenPortIsNamed_data()
    {
        QTest::addColumn<bool>("isUdp");
        QTest::newRow("TCP") << false;
        QTest::newRow("UDP") << true;
    }
    void aTakenPortIsNamed()
    {
        QFETCH(bool, isUdp);
        start();
        const TcpServer taken(Loopback, echo);
        const UdpServer takenToo(Loopback, [](const QByteArray &) { return QByteArray(); });
        const uint16_t port = isUdp ? takenToo.port() : taken.port();
        const auto map = m_engine->addPort(isUdp ? udp(port) : tcp(port));
        QVERIFY(!map);
        QVERIFY(map.error().code == ErrorCode::Conflict);
        QVERIFY2(map.error().message.contains(QString::number(port)), qPrintable(map.error().message));
        QVERIFY2(map.error().message.contains("address already in use"), qPrintable(map.error().message));
        QVERIFY(m_engine->ports().empty());
        QVERIFY(m_engine->addPort(isUdp ? udp() : tcp())); // the control
    }

    void anAddressThatIsNotOursIsSaid()
    {
        start();
        PortMap wanted = tcp(8081);
        wanted.bindAddress = Ipv4::of(203, 0, 113, 9);
        const auto map = m_engine->addPort(wanted);
        QVERIFY(!map);
        QVERIFY(map.error().code == ErrorCode::InvalidArgument);
    }

    void aMapIsThereOnce()
    {
        start();
        const auto map = m_engine->addPort(tcp());
        QVERIFY(map);
        const auto again = m_engine->addPort(*map);
        QVERIFY(!again);
        QVERIFY(again.error().code == ErrorCode::AlreadyExists);
    }

    void allOrNothingAtStart()
    {
        const TcpServer taken(Loopback, echo);
        m_bench = std::make_unique<TapBench>(1500);
        EngineConfig config;
        config.ports = {tcp(18081), udp(18082), tcp(taken.port())};
        const auto engine = Engine::start(config, m_bench->takeWire());
        QVERIFY(!engine);
        QVERIFY2(engine.error().message.contains(QString::number(taken.port())),
                 qPrintable(engine.error().message));
        // Nothing of it is held: both can be had.
        const TcpServer free(Loopback, echo, 18081);
        const UdpServer freeToo(
            Loopback, [](const QByteArray &) { return QByteArray(); }, 18082);
        QVERIFY(free.port() == 18081 && freeToo.port() == 18082);
    }

    void aRemovedMapEndsItsConnections()
    {
        start();
        const auto map = m_engine->addPort(tcp());
        const auto other = m_engine->addPort(tcp());
        QVERIFY(map && other);
        const int socket = connectTcp(Loopback, map->hostPort);
        const int stays = connectTcp(Loopback, other->hostPort);
        QCOMPARE(receiveExactly(socket, 16).size(), 16);
        QCOMPARE(receiveExactly(stays, 16).size(), 16);
        QVERIFY(m_engine->removePort(*map));
        QVERIFY(receiveExactly(socket, 1).isEmpty());
        ::close(socket);
        QCOMPARE(connectTcp(Loopback, map->hostPort), -1);
        QCOMPARE(errno, ECONNREFUSED);
        sendAll(stays, "still");
        QCOMPARE(receiveExactly(stays, 5), QByteArray("still"));
        ::close(stays);
        QCOMPARE(m_engine->ports().size(), 1u);
        const auto missing = m_engine->removePort(*map);
        QVERIFY(!missing);
        QVERIFY(missing.error().code == ErrorCode::NotFound);
    }

    void manyClientsAtOnce()
    {
        start(allowlist({})); // a port map is a decision of its own
        const auto map = m_engine->addPort(tcp());
        QVERIFY(map);
        QList<int> sockets;
        for (int i = 0; i < 300; ++i)
            sockets.append(connectTcp(Loopback, map->hostPort));
        QVERIFY(!sockets.contains(-1));
        int correct = 0;
        for (const int socket : sockets) {
            sendAll(socket, "hello");
            correct += receiveExactly(socket, 21) == "192.168.127.254\nhello";
        }
        QCOMPARE(correct, 300);
        QCOMPARE(m_engine->ports().front().openFlows, 300u);
        for (const int socket : sockets)
            ::close(socket);
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->ports().front().openFlows, 0u, 10000);
        const auto destinations = m_engine->destinations();
        QCOMPARE(destinations.size(), 1u);
        QCOMPARE(destinations.front().flows, 300u);
        QCOMPARE(int(destinations.front().reason), int(Reason::PortMap));
    }

    void theGuestThatRefusesIsRefusing()
    {
        start();
        const auto map = m_engine->addPort(tcp(0, 9)); // nobody listens on 9 in the guest
        QVERIFY(map);
        const int socket = connectTcp(Loopback, map->hostPort);
        // The host has accepted by then; the end follows at once.
        QVERIFY(socket < 0 || receiveExactly(socket, 1).isEmpty());
        ::close(socket);
    }

    void aBoxThatIsOffIsNotReached()
    {
        start();
        const auto map = m_engine->addPort(tcp());
        QVERIFY(map && m_engine->apply(off()));
        const int before = m_server->accepted();
        const int socket = connectTcp(Loopback, map->hostPort, 1000);
        QVERIFY(socket < 0 || receiveExactly(socket, 1).isEmpty());
        ::close(socket);
        QCOMPARE(m_server->accepted(), before);
        QVERIFY(m_engine->apply({}));
        const int again = connectTcp(Loopback, map->hostPort); // the control
        QCOMPARE(receiveExactly(again, 16).size(), 16);
        ::close(again);
    }
};

BOXGATE_ENGINE_TEST(TestEnginePorts)

#include "tst_engineports.moc"
