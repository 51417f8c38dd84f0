#include "tests/net/enginebench.h"

#include <QTest>

#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

constexpr uint16_t PrivilegedPort = 81;

PortMap mapOf(Transport transport, uint16_t hostPort)
{
    return {transport, Ipv4::of(127, 0, 0, 1), hostPort, 8080};
}

/// Whether the calling thread, and those that it starts, may open ports below 1024.
void setMayBind(bool mayBind)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    constexpr uint32_t bit = 1u << CAP_NET_BIND_SERVICE;
    if (::syscall(SYS_capget, &header, data) != 0)
        qFatal("capget: %s", strerror(errno));
    data[0].effective = mayBind ? data[0].effective | bit : data[0].effective & ~bit;
    if (::syscall(SYS_capset, &header, data) != 0)
        qFatal("capset: %s", strerror(errno));
}

/// errno of taking a port of the loopback; 0: it was free.
int whyNotFree(Transport transport, uint16_t port)
{
    const int type = transport == Transport::Udp ? SOCK_DGRAM : SOCK_STREAM;
    const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    const bool isFree = ::bind(socket, reinterpret_cast<sockaddr *>(&name), sizeof name) == 0;
    const int error = isFree ? 0 : errno;
    ::close(socket);
    return error;
}

} // namespace

/// Ports that are kept, and ports that cannot be had.
class TestEnginePortCases : public QObject, EngineBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void anAutomaticPortStaysReserved_data()
    {
        QTest::addColumn<int>("transport");
        QTest::newRow("TCP") << int(Transport::Tcp);
        QTest::newRow("UDP") << int(Transport::Udp);
    }
    void anAutomaticPortStaysReserved()
    {
        QFETCH(int, transport);
        startEngine();
        const auto map = m_engine->addPort(mapOf(Transport(transport), 0));
        QVERIFY(map);
        QVERIFY(map->hostPort >= 1024);
        QCOMPARE(m_engine->ports().size(), 1u);
        QCOMPARE(m_engine->ports()[0].map, *map);
        QCOMPARE(whyNotFree(Transport(transport), map->hostPort), EADDRINUSE);
        const auto other = m_engine->addPort(mapOf(Transport(transport), 0));
        QVERIFY(other && other->hostPort != map->hostPort);
        QVERIFY(m_engine->apply(off())); // and with the network off
        QCOMPARE(whyNotFree(Transport(transport), map->hostPort), EADDRINUSE);
        QVERIFY(m_engine->removePort(*map)); // the control
        QTRY_COMPARE(whyNotFree(Transport(transport), map->hostPort), 0);
    }

    void aPrivilegedPortIsSaid_data() { anAutomaticPortStaysReserved_data(); }
    void aPrivilegedPortIsSaid()
    {
        QFETCH(int, transport);
        setMayBind(false);
        startEngine(); // its thread has what this one has
        setMayBind(true);
        const auto map = m_engine->addPort(mapOf(Transport(transport), PrivilegedPort));
        QVERIFY(!map);
        QVERIFY(map.error().code == ErrorCode::Denied);
        QVERIFY2(map.error().message.contains(QLatin1String("permission denied")),
                 qPrintable(map.error().message));
        QVERIFY2(map.error().message.contains(QString::number(PrivilegedPort)),
                 qPrintable(map.error().message));
        QVERIFY(m_engine->ports().empty());
        stop();
        startEngine();
        QVERIFY(m_engine->addPort(mapOf(Transport(transport), PrivilegedPort))); // the control
    }
};

BOXGATE_ENGINE_TEST(TestEnginePortCases)

#include "tst_engineportcases.moc"
