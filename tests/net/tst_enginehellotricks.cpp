#include "tests/net/enginebench.h"
#include "tests/net/hellofixture.h"
#include "tests/net/rawguest.h"

#include <QTest>

#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

const Ipv4 AllowedIp = Ipv4::of(198, 51, 100, 10);
constexpr quint16 Port = 7001;
constexpr quint16 OpenPort = 7002;

const QByteArray Good = tlsHello("allowed.test");
const QByteArray Evil = tlsHello("foreign.test"); // the same size
/// Two segments long; the name is in the second.
const QByteArray LongGood = tlsHello("allowed.test", 2000);
const QByteArray LongEvil = tlsHello("foreign.test", 2000);

/// What an honest connection sends after all, to show that what must not arrive has had its time.
const QByteArray Control = Good + "and the control";

Frame bytesOf(const QByteArray &data) { return {data.begin(), data.end()}; }

/// One connection of a guest that lies. Offsets count from the first byte of its stream.
class Liar
{
public:
    Liar(RawGuest &guest, const Segment &connection, const Engine *engine = nullptr)
        : m_guest(guest)
        , m_base(connection)
        , m_engine(engine)
    { }

    Segment at(uint32_t offset, const QByteArray &data) const
    {
        Segment segment = m_base;
        segment.sequence += offset;
        segment.flags = TcpAck | TcpPsh;
        segment.data = bytesOf(data);
        return segment;
    }
    void put(uint32_t offset, const QByteArray &data) { send(at(offset, data)); }
    /// One by one: of segments that pile up and continue each other the engine makes one.
    void send(const Segment &segment)
    {
        const auto taken = [this] { return m_engine ? m_engine->counters().packetsSent : 1; };
        const quint64 before = m_engine ? taken() : 0;
        m_guest.send(segment);
        QVERIFY(QTest::qWaitFor([&] { return taken() > before; }));
    }
    RawGuest &guest() { return m_guest; }

private:
    RawGuest &m_guest;
    Segment m_base;
    const Engine *m_engine;
};

/// Fills the room that the stack has for segments out of order, so that it takes no further ones.
void fillTheStack(RawGuest &guest)
{
    for (uint16_t connection = 0; connection < 45; ++connection) {
        const auto segment = guest.connect(AllowedIp, OpenPort, uint16_t(50'000 + connection));
        QVERIFY(segment);
        std::vector<Frame> frames;
        Liar liar(guest, *segment);
        for (uint32_t i = 0; i < 256; ++i)
            frames.push_back(frameOf(liar.at(2 * i + 1, "x")));
        guest.sendRaw(RawGuest::onWire(frames));
        guest.discard();
    }
}

using Trick = std::function<void(Liar &)>;

} // namespace

Q_DECLARE_METATYPE(Trick)

/// A guest that shows the gate one hello and tries to get another one to the server. Whatever arrives must be
/// bytes that were looked at, and belong to an allowed name.
class TestEngineHelloTricks : public QObject, EngineBench
{
    Q_OBJECT

private:
    /// Asks for a name, so that its address is open.
    static void learn(RawGuest &guest, const QByteArray &name)
    {
        guest.send(udp(bytesOf(dnsQuery(name, 1)), plan::DnsPort, plan::Gateway));
        QVERIFY(guest.receive([](const Frame &) { return true; }, 3000));
    }

    /// Waits for the control, and gives back what arrived by the other connection.
    static void receiveBoth(RawGuest &guest, const RecordingServer &server, QByteArray &other)
    {
        const auto control = guest.connect(AllowedIp, Port, 40001);
        QVERIFY(control);
        Liar(guest, *control).put(0, Control);
        const auto index = [&] {
            const auto all = server.connections();
            const auto found = std::ranges::find(all, Control, &RecordingServer::Connection::received);
            return found - all.begin();
        };
        QTRY_VERIFY(size_t(index()) < server.connections().size());
        for (size_t i = 0; i < server.connections().size(); ++i) {
            if (i != size_t(index()))
                other += server.connections()[i].received;
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void whatArrivesWasLookedAt_data()
    {
        QTest::addColumn<Trick>("trick");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const QByteArray &expected, const Trick &trick) {
            QTest::newRow(name) << trick << expected;
        };
        const QByteArray nothing;
        row("nothing but the truth", Good, [](Liar &liar) { liar.put(0, Good); });
        row("a foreign hello", nothing, [](Liar &liar) { liar.put(0, Evil); });
        row("a foreign hello, and then a good one", nothing, [](Liar &liar) {
            liar.put(0, Evil);
            liar.put(0, Good);
        });
        row("overlapping segments, with another content", Good, [](Liar &liar) {
            liar.put(0, Good.left(60));
            liar.put(0, Evil);
            liar.put(30, Evil.mid(30));
            liar.put(60, Good.mid(60));
        });
        row("segments out of order, with another content", Good, [](Liar &liar) {
            liar.put(60, Evil.mid(60));
            liar.put(0, Good.left(60));
            liar.put(60, Good.mid(60));
        });
        row("a hello after a hole", nothing, [](Liar &liar) {
            liar.put(1, Good);
            liar.put(0, Evil);
        });
        row("a wrong checksum first", Good, [](Liar &liar) {
            Segment spoiled = liar.at(0, Evil);
            spoiled.spoilChecksum = 1;
            liar.send(spoiled);
            liar.put(0, Good);
        });
        row("a good hello with a wrong checksum", nothing, [](Liar &liar) {
            Segment spoiled = liar.at(0, Good);
            spoiled.spoilChecksum = 1;
            liar.send(spoiled);
            liar.put(0, Evil);
        });
        row("other bytes on retransmission", Good, [](Liar &liar) {
            liar.put(0, Good);
            liar.put(0, Evil);
        });
        row("other bytes on retransmission of a half", Good, [](Liar &liar) {
            liar.put(0, Good.left(60));
            liar.put(0, Evil.left(60));
            liar.put(60, Good.mid(60));
        });
        row("urgent data", Good, [](Liar &liar) {
            Segment urgent = liar.at(0, Good);
            urgent.flags |= TcpUrg;
            urgent.urgent = 1;
            liar.send(urgent);
        });
        row("the end before its middle", nothing, [](Liar &liar) {
            Segment end = liar.at(uint32_t(Good.size()), {});
            end.flags |= TcpFin;
            liar.send(end);
            liar.put(0, Evil);
        });
        row("SYN again in the middle", nothing, [](Liar &liar) {
            liar.put(0, Good.left(60));
            Segment syn = liar.at(uint32_t(-1), {});
            syn.flags = TcpSyn;
            liar.send(syn);
            liar.put(0, Evil);
        });
        row("a reset that the stack ignores", nothing, [](Liar &liar) {
            Segment reset = liar.at(0x40000000, {}); // far outside its window
            reset.flags = TcpRst;
            liar.send(reset);
            liar.put(0, Evil);
        });
        row("a reset that the stack ignores, in the middle", nothing, [](Liar &liar) {
            liar.put(0, Good.left(60));
            Segment reset = liar.at(0x40000000, {});
            reset.flags = TcpRst;
            liar.send(reset);
            liar.put(0, Evil);
        });
        row("a hello that acknowledges what was never sent", Good, [](Liar &liar) {
            Segment early = liar.at(0, Good);
            early.acknowledgment += 100'000; // the stack drops it
            liar.send(early);
            liar.put(0, Evil);
        });
        row("a half of it that acknowledges what was never sent", Good, [](Liar &liar) {
            liar.put(0, Good.left(60));
            Segment early = liar.at(60, Good.mid(60));
            early.acknowledgment += 100'000;
            liar.send(early);
            liar.put(0, Evil);
        });
        row("a hello that the stack has no room for", LongGood, [](Liar &liar) {
            fillTheStack(liar.guest());
            liar.put(0, LongGood.left(1400));
            Segment second = liar.at(1400, LongGood.mid(1400));
            second.window = 1000; // another one: the stack takes its time to answer
            liar.send(second);
            liar.put(1400, LongEvil.mid(1400));
            liar.put(1460, LongEvil.mid(1460));
            QTest::qWait(300); // the stack's answer has come: RFC 1122 4.2.3.2 allows it 500 ms, it takes 200
            liar.put(1460, LongEvil.mid(1460));
        });
    }
    void whatArrivesWasLookedAt()
    {
        QFETCH(Trick, trick);
        QFETCH(QByteArray, expected);
        const RecordingServer server(Allowed, Port);
        const TcpServer other(Allowed, echo, OpenPort);
        RawGuest guest(startBare(allowlist({"allowed.test", "198.51.100.10:7002"})));
        learn(guest, "allowed.test");
        const auto connection = guest.connect(AllowedIp, Port);
        QVERIFY(connection);
        Liar liar(guest, *connection, m_engine.get());
        trick(liar);
        QByteArray received;
        receiveBoth(guest, server, received);
        QCOMPARE(received, expected);
    }

    void aHelloBeforeTheConnection()
    {
        const RecordingServer server(Allowed, Port);
        RawGuest guest(startBare(allowlist({"allowed.test"})));
        learn(guest, "allowed.test");
        Segment syn;
        syn.to = AllowedIp;
        syn.toPort = Port;
        syn.flags = TcpSyn;
        Segment early = syn;
        ++early.sequence;
        early.flags = TcpAck | TcpPsh;
        early.data = bytesOf(Good);
        guest.sendRaw(RawGuest::onWire({frameOf(syn), frameOf(early)})); // the stack is connecting still
        const auto reply = guest.receiveSegment(syn.fromPort);
        QVERIFY(reply && (reply->flags & TcpSyn));
        early.acknowledgment = reply->sequence + 1;
        early.data = bytesOf(Evil);
        guest.send(early);
        QByteArray received;
        receiveBoth(guest, server, received);
        QCOMPARE(received, Good);
    }

    void aForeignHelloBeforeTheConnection()
    {
        const RecordingServer server(Allowed, Port);
        RawGuest guest(startBare(allowlist({"allowed.test"})));
        learn(guest, "allowed.test");
        Segment syn;
        syn.to = AllowedIp;
        syn.toPort = Port;
        syn.flags = TcpSyn;
        Segment early = syn;
        ++early.sequence;
        early.flags = TcpAck | TcpPsh;
        early.data = bytesOf(Evil);
        guest.sendRaw(RawGuest::onWire({frameOf(syn), frameOf(early)}));
        QTRY_VERIFY(m_engine->counters().packetsBlocked >= 1);
        for (int i = 0; i < 3; ++i) // it goes on all the same
            guest.send(early);
        QByteArray received;
        receiveBoth(guest, server, received);
        QCOMPARE(received, QByteArray());
    }

    void theSamePortsAgainAreLookedAtAgain()
    {
        // The server ends first, so that the stack comes to TIME_WAIT, from where a SYN connects anew.
        std::atomic<int> received{0};
        const TcpServer server(
            Allowed, [&](int socket) { received += int(receiveExactly(socket, Good.size()).size()); }, Port);
        RawGuest guest(startBare(allowlist({"allowed.test"})));
        learn(guest, "allowed.test");
        auto segment = guest.connect(AllowedIp, Port);
        QVERIFY(segment);
        Liar(guest, *segment).put(0, Good);
        std::optional<Reply> fin = guest.receiveSegment(segment->fromPort);
        while (fin && !(fin->flags & TcpFin))
            fin = guest.receiveSegment(segment->fromPort);
        QVERIFY(fin);
        segment->sequence += uint32_t(Good.size());
        segment->acknowledgment = fin->sequence + 1;
        segment->flags = TcpAck | TcpFin;
        guest.send(*segment);
        QVERIFY(guest.receiveSegment(segment->fromPort));
        Segment again = *segment;
        again.flags = TcpSyn;
        again.sequence += 300'000; // beyond the window, as a new connection's
        guest.send(again);
        std::optional<Reply> reply = guest.receiveSegment(segment->fromPort);
        while (reply && !(reply->flags & TcpSyn))
            reply = guest.receiveSegment(segment->fromPort);
        QVERIFY(reply);
        again.flags = TcpAck;
        ++again.sequence;
        again.acknowledgment = reply->sequence + 1;
        Liar(guest, again).put(0, Evil);
        const auto control = guest.connect(AllowedIp, Port, 40001);
        QVERIFY(control);
        Liar(guest, *control).put(0, Good);
        QTRY_COMPARE(received, 2 * int(Good.size()));
        QCOMPARE(server.accepted(), 3);
    }
};

BOXGATE_ENGINE_TEST(TestEngineHelloTricks)

#include "tst_enginehellotricks.moc"
