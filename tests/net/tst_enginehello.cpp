#include "tests/net/enginebench.h"
#include "tests/net/hellofixture.h"

#include "net/inspect/firstbytes.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QTest>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

constexpr quint16 Port = 7001;

/// How long a guest may wait at the most for what does not come by itself, in ms.
constexpr int Patience = 20'000;

QByteArray hashOf(const QByteArray &data)
{
    return QCryptographicHash::hash(data, QCryptographicHash::Sha256).toHex();
}

/// Sends each byte in a segment of its own.
void sendByteByByte(int socket, const QByteArray &data)
{
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (const char byte : data)
        sendAll(socket, QByteArray(1, byte));
}

} // namespace

/// The first bytes of connections that a rule for a name let in, from a real guest to servers that note every
/// byte. Tricks with segments are in tst_enginehellotricks.
class TestEngineHello : public QObject, EngineBench
{
    Q_OBJECT

private:
    /// The guest's connection to a server that was asked for by its name.
    int connectByName(const QByteArray &name, const QString &address, quint16 port = Port)
    {
        if (!resolve(name).addresses.contains(address))
            return -1;
        return guestTcp(address, port, Patience);
    }

    /// An honest connection, whose arrival is the control of what came before it.
    void checkControl(const RecordingServer &server)
    {
        const size_t before = server.connections().size();
        const int socket = connectByName("allowed.test", Allowed, server.port());
        QVERIFY(sendAll(socket, tlsHello("allowed.test")));
        ::shutdown(socket, SHUT_WR);
        QTRY_VERIFY(server.hasEnded(before));
        QCOMPARE(server.connections()[before].received, tlsHello("allowed.test"));
        ::close(socket);
    }

    /// What the ledger has about the last blocked connection; frames that are no TCP come from the guest's
    /// system.
    BlockedReport lastBlocked()
    {
        for (const BlockedReport &report : m_engine->blocked()) {
            if (report.transport == Transport::Tcp)
                return report;
        }
        return {};
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
        m_resolver->set(QStringLiteral("cdn.test"), {Allowed}); // the same address, and no rule for it
        m_resolver->set(QStringLiteral("sub.wild.test"), {Allowed});
    }

    void cleanup() { stop(); }

    void whatIsAllowedArrivesUnchanged_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("greeting");
        const QByteArray name = "allowed.test";
        const QByteArray none;
        QTest::newRow("TLS") << name << tlsHello(name) << none;
        QTest::newRow("TLS, the name in upper case") << name << tlsHello("ALLOWED.Test") << none;
        QTest::newRow("TLS, the name with a dot at its end") << name << tlsHello("allowed.test.") << none;
        QTest::newRow("TLS, a hello of many segments") << name << tlsHello(name, 12'000) << none;
        QTest::newRow("TLS, a name of a wildcard")
            << QByteArray("sub.wild.test") << tlsHello("sub.wild.test") << none;
        QTest::newRow("HTTP") << name << httpHead(name) << none;
        QTest::newRow("HTTP, a head longer than a congestion window")
            << name << httpHead(name + "\r\nCookie: " + QByteArray(16'000, 'c')) << none;
        QTest::newRow("HTTP with a port") << name << httpHead("Allowed.Test:7001") << none;
        QTest::newRow("HTTP, absolute form") << name << httpHead(name, "http://allowed.test/x") << none;
        QTest::newRow("HTTP/1.0 with a Host")
            << name << QByteArray("GET / HTTP/1.0\r\nHost: allowed.test\r\n\r\n") << none;
        QTest::newRow("SSH: both speak at once")
            << name << QByteArray("SSH-2.0-client\r\n") << QByteArray("SSH-2.0-server\r\n");
        QTest::newRow("a server that speaks first") << name << QByteArray("A") << QByteArray("220 hello\r\n");
        QTest::newRow("a database: the client speaks first, in binary")
            << name << QByteArray::fromHex("00000008000304d2162f") << none;
        QTest::newRow("a line of text") << name << QByteArray("*1\r\n$4\r\nPING\r\n") << none;
    }
    void whatIsAllowedArrivesUnchanged()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, greeting);
        startEngine(allowlist({"allowed.test", "*.wild.test"}));
        const RecordingServer server(Allowed, Port, greeting);
        const int socket = connectByName(name, Allowed);
        QVERIFY(socket >= 0);
        QCOMPARE(receiveExactly(socket, greeting.size()), greeting);
        const QByteArray data = first + pattern(300'000);
        QVERIFY(sendAll(socket, data));
        ::shutdown(socket, SHUT_WR);
        QTRY_VERIFY(server.hasEnded());
        ::close(socket);
        QCOMPARE(server.received().size(), data.size());
        QCOMPARE(hashOf(server.received()), hashOf(data));
    }

    void aForeignHelloIsResetOnBothSides_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<int>("reason");
        QTest::addColumn<QByteArray>("subject");
        const auto foreign = [](const char *row, const QByteArray &first, const char *subject) {
            QTest::newRow(row) << first << int(Reason::ForeignName) << QByteArray(subject);
        };
        const auto nameless = [](const char *row, const QByteArray &first) {
            QTest::newRow(row) << first << int(Reason::NoName) << QByteArray("allowed.test");
        };
        foreign("SNI of an unlisted name", tlsHello("foreign.test"), "foreign.test");
        foreign("SNI of an allowed name on a foreign address", tlsHello("other.test"), "other.test");
        foreign("shared CDN address with a foreign SNI", tlsHello("cdn.test"), "cdn.test");
        foreign("SNI of what the name is an alias of", tlsHello("edge.test"), "edge.test");
        foreign("SNI of a sub-domain", tlsHello("www.allowed.test"), "www.allowed.test");
        foreign("SNI of a look-alike", tlsHello("allowed.test.evil.test"), "allowed.test.evil.test");
        foreign("a long hello", tlsHello("foreign.test", 12'000), "foreign.test");
        nameless("TLS without SNI", tlsHello({}));
        nameless("SNI that is an IP literal", tlsHello("198.51.100.10"));
        nameless("SNI that is no name", tlsHello("allowed.test\n"));
        nameless("SSL 2", QByteArray::fromHex("802e0103010015000000100000040000050000"));
        foreign("Host of an unlisted name", httpHead("foreign.test"), "foreign.test");
        foreign("Host of an allowed name on a foreign address", httpHead("other.test"), "other.test");
        foreign("an absolute form of an unlisted name", httpHead("foreign.test", "http://foreign.test/"),
                "foreign.test");
        nameless("Host that is an IP literal", httpHead("198.51.100.10"));
        nameless("Host and absolute form that differ", httpHead("allowed.test", "http://foreign.test/"));
        nameless("two Hosts", httpHead("allowed.test\r\nHost: foreign.test"));
        nameless("a folded Host", httpHead("allowed.test\r\n foreign.test"));
        nameless("HTTP without Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n");
        nameless("HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        nameless("a head that never ends", "GET / HTTP/1.1\r\nX: " + QByteArray(20'000, 'x'));
    }
    void aForeignHelloIsResetOnBothSides()
    {
        QFETCH(QByteArray, first);
        QFETCH(int, reason);
        QFETCH(QByteArray, subject);
        startEngine(allowlist({"allowed.test", "other.test"}));
        const RecordingServer server(Allowed, Port);
        QCOMPARE(resolve("other.test").addresses, QStringList{Other});
        const int socket = connectByName("allowed.test", Allowed);
        QVERIFY(socket >= 0);
        sendAll(socket, first + pattern(1000));
        QCOMPARE(receiveExactly(socket, 1).size(), 0);
        QCOMPARE(errno, ECONNRESET);
        ::close(socket);
        QTRY_VERIFY(server.hasEnded());
        QVERIFY(server.connections()[0].wasReset);
        QCOMPARE(server.received(), QByteArray());
        const BlockedReport blocked = lastBlocked();
        QCOMPARE(int(blocked.reason), reason);
        QCOMPARE(QByteArray::fromStdString(blocked.name), subject);
        QCOMPARE(m_engine->counters().tcpOpen, 0u);
        checkControl(server);
    }

    void aHelloSplitAcrossSegments_data()
    {
        QTest::addColumn<QByteArray>("hello");
        QTest::addColumn<bool>("isAllowed");
        QTest::newRow("SNI of an allowed name, byte by byte") << tlsHello("allowed.test") << true;
        QTest::newRow("SNI of an unlisted name, byte by byte") << tlsHello("foreign.test") << false;
        QTest::newRow("an allowed Host, byte by byte") << httpHead("allowed.test") << true;
        QTest::newRow("a foreign Host, byte by byte") << httpHead("foreign.test") << false;
    }
    void aHelloSplitAcrossSegments()
    {
        QFETCH(QByteArray, hello);
        QFETCH(bool, isAllowed);
        startEngine(allowlist({"allowed.test"}));
        const RecordingServer server(Allowed, Port);
        const int socket = connectByName("allowed.test", Allowed);
        QVERIFY(socket >= 0);
        sendByteByByte(socket, hello.chopped(1));
        QTRY_VERIFY(!server.connections().empty());
        QCOMPARE(server.received(), QByteArray()); // nothing before it is whole
        sendByteByByte(socket, hello.right(1));
        ::shutdown(socket, SHUT_WR);
        QTRY_VERIFY(server.hasEnded());
        ::close(socket);
        QCOMPARE(server.received(), isAllowed ? hello : QByteArray());
        QCOMPARE(server.connections()[0].wasReset, !isAllowed);
        checkControl(server);
    }

    void aHelloThatStopsIsReset_data()
    {
        QTest::addColumn<QByteArray>("part");
        QTest::addColumn<bool>("isFinished");
        QTest::newRow("TLS, then nothing") << tlsHello("allowed.test").left(80) << false;
        QTest::newRow("one byte of TLS, then nothing") << tlsHello("allowed.test").left(1) << false;
        QTest::newRow("HTTP, then nothing") << httpHead("allowed.test").chopped(2) << false;
        QTest::newRow("half-close after half of a TLS hello") << tlsHello("allowed.test").left(80) << true;
        QTest::newRow("half-close after half of an HTTP head") << httpHead("allowed.test").left(20) << true;
    }
    void aHelloThatStopsIsReset()
    {
        QFETCH(QByteArray, part);
        QFETCH(bool, isFinished);
        startEngine(allowlist({"allowed.test"}));
        const RecordingServer server(Allowed, Port);
        const int socket = connectByName("allowed.test", Allowed);
        QVERIFY(socket >= 0);
        QElapsedTimer timer;
        timer.start();
        sendAll(socket, part);
        if (isFinished)
            ::shutdown(socket, SHUT_WR);
        QCOMPARE(receiveExactly(socket, 1).size(), 0);
        QCOMPARE(errno, ECONNRESET);
        if (!isFinished)
            QVERIFY(timer.elapsed() >= std::chrono::milliseconds(FirstBytes::MaxWait).count());
        ::close(socket);
        QTRY_VERIFY(server.hasEnded());
        QVERIFY(server.connections()[0].wasReset);
        QCOMPARE(server.received(), QByteArray());
        QCOMPARE(int(lastBlocked().reason), int(Reason::NoName));
        checkControl(server);
    }

    void aClientThatSaysNothingMayEnd()
    {
        startEngine(allowlist({"allowed.test"}));
        const RecordingServer server(Allowed, Port, "bye\n");
        const int socket = connectByName("allowed.test", Allowed);
        ::shutdown(socket, SHUT_WR);
        QCOMPARE(receiveExactly(socket, 5), QByteArray("bye\n"));
        ::close(socket);
        QTRY_VERIFY(server.hasEnded());
        QVERIFY(!server.connections()[0].wasReset);
    }

    void aRuleForItsAddressNeedsNoName()
    {
        startEngine(allowlist({Allowed.toStdString(), "allowed.test"}));
        const RecordingServer server(Allowed, Port);
        const int socket = connectByName("allowed.test", Allowed);
        sendAll(socket, tlsHello("foreign.test"));
        ::shutdown(socket, SHUT_WR);
        QTRY_VERIFY(server.hasEnded());
        QCOMPARE(server.received(), tlsHello("foreign.test"));
        ::close(socket);
    }

    void openingTheBoxLosesNoHello()
    {
        startEngine(allowlist({"allowed.test"}));
        const RecordingServer server(Allowed, Port);
        const int socket = connectByName("allowed.test", Allowed);
        QVERIFY(socket >= 0);
        const QByteArray hello = tlsHello("foreign.test");
        sendAll(socket, hello.left(50));
        QTRY_VERIFY(m_engine->flows().size() == 1 && m_engine->flows()[0].traffic.packetsSent >= 3);
        QVERIFY(m_engine->apply({}));
        sendAll(socket, hello.mid(50));
        ::shutdown(socket, SHUT_WR);
        QTRY_VERIFY(server.hasEnded());
        QCOMPARE(server.received(), hello);
        ::close(socket);
    }

    void aFlowOutlivesItsPin()
    {
        m_resolver->set(QStringLiteral("many.test"), {Allowed});
        startEngine(allowlist({"many.test", "many.test/udp"}));
        const RecordingServer server(Allowed, Port);
        const UdpServer datagrams(
            Allowed, [](const QByteArray &datagram) { return datagram; }, Port);
        const int socket = connectByName("many.test", Allowed);
        sendAll(socket, tlsHello("many.test"));
        QTRY_COMPARE(server.received(), tlsHello("many.test"));
        const int udp = guestUdp(Allowed, Port);
        QCOMPARE(exchange(udp, "x"), QByteArray("x"));
        for (int round = 0; round < 4; ++round) { // more addresses than a name may have: the first goes
            QStringList others;
            for (int i = 0; i < 20; ++i)
                others.append(QStringLiteral("203.0.113.%1").arg(round * 20 + i));
            m_resolver->set(QStringLiteral("many.test"), others);
            QCOMPARE(resolve("many.test").addresses.size(), 20);
        }
        QCOMPARE(guestTcp(Allowed, Port, 1000), -1);
        QVERIFY(m_engine->apply(allowlist({"many.test", "many.test/udp", "extra.test"}),
                                Engine::Existing::Close)); // which is no reason to end it
        sendAll(socket, "more");
        QTRY_COMPARE(server.received(), tlsHello("many.test") + "more");
        QCOMPARE(exchange(udp, "x"), QByteArray("x"));
        QVERIFY(m_engine->apply(allowlist({"extra.test"}), Engine::Existing::Close)); // the control
        QTRY_VERIFY(server.hasEnded());
        QVERIFY(server.connections()[0].wasReset);
        QVERIFY(exchange(udp, "x").isNull());
        for (const int descriptor : {socket, udp})
            ::close(descriptor);
    }

    void aRemovedRuleEndsItsFlowsOnly_data()
    {
        QTest::addColumn<bool>("isClosing");
        QTest::newRow("Close") << true;
        QTest::newRow("Keep") << false;
    }
    void aRemovedRuleEndsItsFlowsOnly()
    {
        QFETCH(bool, isClosing);
        startEngine(allowlist({"allowed.test", "other.test", "198.51.100.10:7002"}));
        const RecordingServer first(Allowed, Port);
        const RecordingServer second(Other, Port);
        const RecordingServer byAddress(Allowed, 7002);
        const int removed = connectByName("allowed.test", Allowed);
        const int kept = connectByName("other.test", Other);
        const int addressed = guestTcp(Allowed, 7002);
        const QByteArray half = pattern(2 << 20);
        sendAll(removed, tlsHello("allowed.test"));
        sendAll(kept, tlsHello("other.test") + half);
        sendAll(addressed, half);
        QTRY_COMPARE(first.received(), tlsHello("allowed.test"));
        QVERIFY(m_engine->apply(allowlist({"other.test", "198.51.100.10:7002"}),
                                isClosing ? Engine::Existing::Close : Engine::Existing::Keep));
        sendAll(removed, "more");
        for (const int socket : {kept, addressed}) {
            sendAll(socket, half);
            ::shutdown(socket, SHUT_WR);
        }
        QTRY_VERIFY(second.hasEnded() && byAddress.hasEnded());
        QCOMPARE(hashOf(second.received()), hashOf(tlsHello("other.test") + half + half));
        QCOMPARE(hashOf(byAddress.received()), hashOf(half + half));
        QVERIFY(!second.connections()[0].wasReset);
        if (isClosing)
            QTRY_VERIFY(first.hasEnded() && first.connections()[0].wasReset);
        else
            QTRY_COMPARE(first.received(), tlsHello("allowed.test") + "more");
        QCOMPARE(guestTcp(Allowed, Port, 1000), -1); // a new one is blocked in both cases
        for (const int socket : {removed, kept, addressed})
            ::close(socket);
    }
};

BOXGATE_ENGINE_TEST(TestEngineHello)

#include "tst_enginehello.moc"
