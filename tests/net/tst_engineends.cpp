#include "tests/net/enginebench.h"
#include "tests/net/rawguest.h"

#include <QTest>

#include <sys/socket.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

const Ipv4 AllowedIp = Ipv4::of(198, 51, 100, 10);
constexpr quint16 TcpPort = 7001;

/// The server's FIN.
std::optional<Reply> receiveEnd(RawGuest &guest, uint16_t port)
{
    std::optional<Reply> reply = guest.receiveSegment(port);
    while (reply && !(reply->flags & TcpFin))
        reply = guest.receiveSegment(port);
    return reply;
}

} // namespace

/// Connections that seem to be over, and those that are.
class TestEngineEnds : public QObject, EngineBench
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

    void aForgedEndHidesNoConnection_data()
    {
        QTest::addColumn<quint32>("ahead");
        QTest::newRow("outside the window") << 0x40000000u;
        QTest::newRow("behind a gap") << 1000u;
    }
    void aForgedEndHidesNoConnection()
    {
        QFETCH(quint32, ahead);
        // The server is done at once, and listens on.
        std::atomic<int> received{0};
        const TcpServer server(
            Allowed,
            [&](int socket) {
                ::shutdown(socket, SHUT_WR);
                char byte;
                while (::recv(socket, &byte, 1, 0) > 0)
                    ++received;
            },
            TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        const auto fin = receiveEnd(guest, segment->fromPort);
        QVERIFY(fin);
        Segment forged = *segment;
        forged.sequence += ahead;
        forged.flags = TcpAck | TcpFin;
        guest.send(forged); // the stack does not believe it, or waits for what is before
        segment->flags = TcpAck | TcpPsh;
        segment->acknowledgment = fin->sequence + 1;
        segment->data = {'h', 'i'};
        guest.send(*segment);
        QTRY_COMPARE(received, 2);
        QCOMPARE(m_engine->flows().size(), 1u);
        QCOMPARE(m_engine->counters().tcpOpen, 1u);
        QCOMPARE(m_engine->destinations()[0].openFlows, 1u);
        Segment beyond = forged;
        beyond.flags = TcpAck | TcpPsh;
        beyond.data = {'!', '!'};
        guest.send(beyond); // who has ended says no more
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
        QVERIFY(m_engine->flows().empty());
    }

    void anHonestEndIsAnEnd()
    {
        const TcpServer server(
            Allowed,
            [](int socket) {
                ::shutdown(socket, SHUT_WR);
                receiveExactly(socket, 3);
            },
            TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        const auto fin = receiveEnd(guest, segment->fromPort);
        QVERIFY(fin);
        segment->acknowledgment = fin->sequence + 1;
        segment->flags = TcpAck | TcpFin;
        segment->data = {'e', 'n', 'd'};
        guest.send(*segment);
        guest.send(*segment); // as when its acknowledgment was lost
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
        QCOMPARE(m_engine->counters().packetsBlocked, 0u);
    }
};

BOXGATE_ENGINE_TEST(TestEngineEnds)

#include "tst_engineends.moc"
