#include "tests/net/enginebench.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

/// What the gate lets through and what not, seen by listeners outside.
class TestEngineGate : public QObject, EngineBench
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

    void theAliasReachesLoopbackAndTheGatewayDoesNot()
    {
        startEngine();
        const TcpServer server(Loopback, echo, 8081);
        const UdpServer udp(
            Loopback, [](const QByteArray &datagram) { return datagram; }, 8081);
        const int socket = guestTcp(Alias, 8081);
        QVERIFY(socket >= 0);
        sendAll(socket, "ping");
        QCOMPARE(receiveExactly(socket, 4), QByteArray("ping"));
        ::close(socket);
        const int datagrams = guestUdp(Alias, 8081);
        QCOMPARE(exchange(datagrams, "ping"), QByteArray("ping"));
        ::close(datagrams);
        QTRY_COMPARE(server.accepted(), 1);

        QElapsedTimer timer;
        timer.start();
        QCOMPARE(guestTcp(Gateway, 8081), -1);
        QCOMPARE(errno, ECONNREFUSED);
        QVERIFY2(timer.elapsed() < 500, "refused at once, not by a time limit");
        const int toGateway = guestUdp(Gateway, 8081);
        QVERIFY(exchange(toGateway, "ping").isNull());
        QCOMPARE(errno, ECONNREFUSED);
        ::close(toGateway);
        QTRY_COMPARE(server.accepted(), 1);
        QCOMPARE(udp.received(), 1);
    }

    void theAliasObeysItsOwnSetting()
    {
        const TcpServer open(Loopback, echo);
        const TcpServer shut(Loopback, echo);
        const auto reply = [](const QByteArray &datagram) { return datagram; };
        const UdpServer openUdp(Loopback, reply, open.port());
        const UdpServer shutUdp(Loopback, reply, shut.port());
        const auto reachesByUdp = [&](quint16 port) {
            const int socket = guestUdp(Alias, port);
            const bool isAnswered = exchange(socket, "x") == "x";
            ::close(socket);
            return isAnswered;
        };
        PolicyConfig policy = allowlist({});
        policy.hostAlias = HostAlias::Ports;
        policy.hostAliasPorts = {open.port()};
        startEngine(policy);
        const int socket = guestTcp(Alias, open.port());
        QVERIFY(socket >= 0);
        ::close(socket);
        QVERIFY(reachesByUdp(open.port()));
        QCOMPARE(guestTcp(Alias, shut.port()), -1);
        QVERIFY(!reachesByUdp(shut.port()));
        policy.hostAlias = HostAlias::Off;
        QVERIFY(m_engine->apply(policy, Engine::Existing::Close));
        QCOMPARE(guestTcp(Alias, open.port()), -1);
        QVERIFY(!reachesByUdp(open.port()));
        QTRY_COMPARE(open.accepted(), 1);
        QCOMPARE(openUdp.received(), 1);
        QCOMPARE(shut.accepted(), 0);
        QCOMPARE(shutUdp.received(), 0);
        policy.hostAlias = HostAlias::Open; // the control
        QVERIFY(m_engine->apply(policy));
        QVERIFY(reachesByUdp(shut.port()));
        const int now = guestTcp(Alias, shut.port());
        QVERIFY(now >= 0);
        ::close(now);
        QTRY_COMPARE(shut.accepted(), 1);
    }

    void loopbackIsNeverReachedByItsAddress()
    {
        startEngine();
        const TcpServer server(QStringLiteral("169.254.169.254"), echo);
        QCOMPARE(guestTcp(QStringLiteral("169.254.169.254"), server.port()), -1);
        QCOMPARE(guestTcp(QStringLiteral("192.168.127.77"), server.port(), 500), -1);
        QCOMPARE(server.accepted(), 0);
    }

    void aBlockedDestinationIsNeverSeen()
    {
        startEngine(allowlist({Allowed.toStdString()}));
        const TcpServer allowed(Allowed, echo);
        const TcpServer blocked(Other, echo);
        const auto reply = [](const QByteArray &datagram) { return datagram; };
        const UdpServer allowedUdp(Allowed, reply);
        const UdpServer blockedUdp(Other, reply);

        QElapsedTimer timer;
        timer.start();
        QCOMPARE(guestTcp(Other, blocked.port()), -1);
        QCOMPARE(errno, ECONNREFUSED);
        QVERIFY2(timer.elapsed() < 500, "blocked at once, not by a time limit");
        const int refused = guestUdp(Other, blockedUdp.port());
        QVERIFY(exchange(refused, "x").isNull());
        QCOMPARE(errno, EHOSTUNREACH); // what Linux makes of "administratively prohibited"
        ::close(refused);

        const int socket = guestTcp(Allowed, allowed.port());
        QVERIFY(socket >= 0);
        ::close(socket);
        const int datagrams = guestUdp(Allowed, allowedUdp.port());
        QCOMPARE(exchange(datagrams, "x"), QByteArray("x"));
        ::close(datagrams);

        QTRY_COMPARE(allowed.accepted(), 1); // the control first: what must not arrive has had its time
        QCOMPARE(blocked.accepted(), 0);
        QCOMPARE(blockedUdp.received(), 0);
        QVERIFY(m_engine->counters().packetsBlocked >= 2);
    }

    void aNameOfAZoneMayLeadToAPrivateAddress()
    {
        startEngine(allowlist({"inner.corp.test:1-65535"}));
        const QString inner = QStringLiteral("10.0.0.7");
        const TcpServer server(inner, echo);
        QCOMPARE(guestTcp(inner, server.port()), -1); // nobody has asked for the name yet
        QCOMPARE(resolve("inner.corp.test").addresses, QStringList{inner});
        const int socket = guestTcp(inner, server.port());
        QVERIFY(socket >= 0);
        ::close(socket);
        QTRY_COMPARE(server.accepted(), 1);
        QVERIFY(m_engine->apply(allowlist({"elsewhere.test"})));
        QCOMPARE(guestTcp(inner, server.port()), -1);
    }

    void aNameRuleHoldsByItsAnswers()
    {
        startEngine(allowlist({"allowed.test:1-65535"}));
        const TcpServer server(Allowed, echo);
        QCOMPARE(guestTcp(Allowed, server.port()), -1); // nobody has asked for the name yet
        QCOMPARE(resolve("allowed.test").addresses, QStringList{Allowed});
        const int socket = guestTcp(Allowed, server.port());
        QVERIFY(socket >= 0);
        ::close(socket);
        QTRY_COMPARE(server.accepted(), 1);
        QVERIFY(m_engine->apply(allowlist({"elsewhere.test"})));
        QCOMPARE(guestTcp(Allowed, server.port()), -1); // the pin has outlived its rule, and does not count
    }
};

BOXGATE_ENGINE_TEST(TestEngineGate)

#include "tst_enginegate.moc"
