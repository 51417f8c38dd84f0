#include "tests/net/enginebench.h"
#include "tests/net/rawguest.h"

#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

Q_DECLARE_METATYPE(boxgate::test::Frame)

namespace {

const Ipv4 AllowedIp = Ipv4::of(198, 51, 100, 10);
const Ipv4 OtherIp = Ipv4::of(198, 51, 100, 20);
constexpr size_t IpAt = EthernetHeader;
constexpr quint16 TcpPort = 7001;
constexpr quint16 UdpPort = 7002;

Segment synTo(Ipv4 to, uint16_t port = TcpPort)
{
    Segment syn;
    syn.to = to;
    syn.toPort = port;
    syn.flags = TcpSyn;
    return syn;
}

Frame with(Frame frame, size_t at, std::initializer_list<uint8_t> bytes)
{
    std::copy(bytes.begin(), bytes.end(), frame.begin() + ptrdiff_t(at));
    return frame;
}

Frame mended(Frame frame)
{
    mendIpv4(frame, IpAt);
    return frame;
}

/// The frame with IP options of 4 bytes, as source routing has them.
Frame withOptions(Frame frame)
{
    frame[IpAt] = 0x46;
    const uint16_t total = uint16_t(loadBe16(frame.data() + IpAt + 2) + 4);
    storeBe16(frame.data() + IpAt + 2, total);
    const uint8_t options[4] = {131, 3, 4, 0};
    frame.insert(frame.begin() + IpAt + Ipv4Header, options, options + 4);
    storeBe16(frame.data() + IpAt + 10, 0);
    storeBe16(frame.data() + IpAt + 10, checksum(std::span(frame).subspan(IpAt, Ipv4Header + 4)));
    return frame;
}

Frame withVlan(Frame frame)
{
    const uint8_t tag[4] = {0x81, 0x00, 0, 1};
    frame.insert(frame.begin() + 12, tag, tag + 4);
    return frame;
}

/// One fragment of a datagram's IP payload.
Frame fragment(const Frame &payload, uint16_t field, Ipv4 to)
{
    Frame frame = ethernet(EtherTypeIpv4, ipv4(ProtocolUdp, payload, to));
    storeBe16(frame.data() + IpAt + 6, field);
    return mended(frame);
}

Frame arpRequest(Ipv4 target)
{
    Frame packet(ArpPacket, 0);
    constexpr uint8_t start[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    std::ranges::copy(start, packet.begin());
    std::ranges::copy(plan::GuestMac, packet.begin() + 8);
    storeBe32(packet.data() + 14, plan::Guest.value);
    storeBe32(packet.data() + 24, target.value);
    return ethernet(EtherTypeArp, packet);
}

Frame echoRequest(Ipv4 to)
{
    Frame icmp{IcmpEchoRequest, 0, 0, 0, 0, 1, 0, 1, 'h', 'i'};
    storeBe16(icmp.data() + 2, checksum(icmp));
    return ethernet(EtherTypeIpv4, ipv4(ProtocolIcmp, icmp, to));
}

Frame dhcpDiscover()
{
    Frame message(240, 0);
    message[0] = message[1] = 1;
    message[2] = 6;
    std::ranges::copy(plan::GuestMac, message.begin() + 28);
    storeBe32(message.data() + 236, 0x63825363);
    const uint8_t options[] = {53, 1, 1, 255};
    message.insert(message.end(), options, options + sizeof options);
    Frame frame = udp(message, 67, plan::LimitedBroadcast, Ipv4(), 68);
    std::ranges::copy(plan::BroadcastMac, frame.begin());
    return frame;
}

Frame dnsFrame(const QByteArray &name, quint16 type)
{
    const QByteArray query = dnsQuery(name, type);
    return udp(Frame(query.begin(), query.end()), plan::DnsPort, plan::Gateway);
}

} // namespace

/// Frames that no honest guest sends. Each way around the gate has a listener that would have seen the leak,
/// and a control that it does see.
class TestEngineHostile : public QObject, EngineBench
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

    void noTcpGetsAround_data()
    {
        QTest::addColumn<Frame>("frame");
        const Frame syn = frameOf(synTo(AllowedIp));
        Segment dataOnSyn = synTo(AllowedIp);
        dataOnSyn.data = {'h', 'i'};
        Segment simultaneous = synTo(AllowedIp);
        simultaneous.flags = TcpSyn | TcpAck;
        Segment urgentSyn = synTo(AllowedIp);
        urgentSyn.flags = TcpSyn | TcpFin | TcpUrg;
        Segment spoiled = synTo(AllowedIp);
        spoiled.spoilChecksum = 1;
        Segment bare = synTo(AllowedIp);
        bare.flags = TcpAck;
        bare.data = {'h', 'i'};
        QTest::newRow("an address that is not allowed") << frameOf(synTo(OtherIp));
        QTest::newRow("data on SYN") << frameOf(dataOnSyn);
        QTest::newRow("simultaneous open") << frameOf(simultaneous);
        QTest::newRow("SYN with FIN and URG") << frameOf(urgentSyn);
        QTest::newRow("a wrong checksum") << frameOf(spoiled);
        QTest::newRow("data without a connection") << frameOf(bare);
        QTest::newRow("source routing and IP options") << withOptions(syn);
        QTest::newRow("a fragment") << mended(with(syn, IpAt + 6, {0x20, 0}));
        QTest::newRow("a later fragment") << mended(with(syn, IpAt + 6, {0, 1}));
        QTest::newRow("a spoofed source address") << mended(with(syn, IpAt + 15, {3}));
        QTest::newRow("a spoofed source MAC") << with(syn, 6, {2});
        QTest::newRow("to the broadcast MAC") << with(syn, 0, {255, 255, 255, 255, 255, 255});
        QTest::newRow("a VLAN tag") << withVlan(syn);
        QTest::newRow("NC-SI") << with(syn, 12, {0x88, 0xf8});
        QTest::newRow("IPv6") << with(syn, 12, {0x86, 0xdd});
    }
    void noTcpGetsAround()
    {
        QFETCH(Frame, frame);
        const TcpServer server(QStringLiteral("0.0.0.0"), echo, TcpPort);
        RawGuest guest(startBare(allowlist({Allowed.toStdString()})));
        guest.send(frame);
        QVERIFY(guest.connect(AllowedIp, TcpPort, 40001)); // the control
        QTRY_COMPARE(server.accepted(), 1);
        QCOMPARE(m_engine->counters().tcpEstablished, 1u);
    }

    void noDatagramGetsAround_data()
    {
        QTest::addColumn<QList<Frame>>("frames");
        const Frame honest = udp({1, 2, 3}, UdpPort, AllowedIp);
        const Frame payload(honest.begin() + IpAt + Ipv4Header, honest.end());
        const Frame first(payload.begin(), payload.begin() + 8);
        const Frame last(payload.begin() + 8, payload.end());
        QTest::newRow("an address that is not allowed") << QList<Frame>{udp({1}, UdpPort, OtherIp)};
        QTest::newRow("source routing and IP options") << QList<Frame>{withOptions(honest)};
        QTest::newRow("a spoofed source address") << QList<Frame>{mended(with(honest, IpAt + 15, {3}))};
        QTest::newRow("a VLAN tag") << QList<Frame>{withVlan(honest)};
        QTest::newRow("overlapping fragments")
            << QList<Frame>{fragment(first, MoreFragments, AllowedIp),
                            fragment(first, MoreFragments, AllowedIp), fragment(last, 1, AllowedIp)};
        QTest::newRow("fragments to what is not allowed")
            << QList<Frame>{fragment(first, MoreFragments, OtherIp), fragment(last, 1, OtherIp)};
        QTest::newRow("a last fragment alone") << QList<Frame>{fragment(last, 1, AllowedIp)};
    }
    void noDatagramGetsAround()
    {
        QFETCH(QList<Frame>, frames);
        const UdpServer server(
            QStringLiteral("0.0.0.0"), [](const QByteArray &datagram) { return datagram; }, UdpPort);
        RawGuest guest(startBare(allowlist({Allowed.toStdString()})));
        guest.sendRaw(RawGuest::onWire({frames.begin(), frames.end()}));
        guest.send(udp({9}, UdpPort, AllowedIp)); // the control
        QTRY_COMPARE(server.received(), 1);
        const Frame honest = udp({1, 2, 3}, UdpPort, AllowedIp);
        const Frame payload(honest.begin() + IpAt + Ipv4Header, honest.end());
        guest.send(fragment(Frame(payload.begin(), payload.begin() + 8), 0x2000, AllowedIp));
        guest.send(fragment(Frame(payload.begin() + 8, payload.end()), 1, AllowedIp));
        QTRY_COMPARE(server.received(), 2); // honest fragments do arrive
    }

    void someAddressesAreBlockedInEveryMode_data()
    {
        QTest::addColumn<quint32>("address");
        QTest::addColumn<int>("mode");
        const std::pair<const char *, Ipv4> addresses[] = {
            {"loopback", Ipv4::of(127, 0, 0, 1)},
            {"all of loopback", Ipv4::of(127, 9, 9, 9)},
            {"this host", Ipv4::of(0, 0, 0, 0)},
            {"this network", Ipv4::of(0, 0, 0, 1)},
            {"metadata", Ipv4::of(169, 254, 169, 254)},
            {"the gateway", plan::Gateway},
            {"the subnet", Ipv4::of(192, 168, 127, 77)},
            {"the stack's name server", Ipv4::of(192, 168, 127, 253)},
            {"the guest itself", plan::Guest},
            {"the subnet's broadcast", Ipv4::of(192, 168, 127, 255)},
            {"multicast", Ipv4::of(224, 0, 0, 1)},
            {"reserved", Ipv4::of(240, 0, 0, 1)},
            {"broadcast", plan::LimitedBroadcast},
        };
        for (const auto &[name, address] : addresses) {
            QTest::addRow("%s, open", name) << address.value << int(Mode::Open);
            QTest::addRow("%s, allowlist", name) << address.value << int(Mode::Allowlist);
            QTest::addRow("%s, off", name) << address.value << int(Mode::Off);
        }
    }
    void someAddressesAreBlockedInEveryMode()
    {
        QFETCH(quint32, address);
        QFETCH(int, mode);
        const TcpServer server(QStringLiteral("0.0.0.0"), echo, TcpPort);
        const UdpServer datagrams(
            QStringLiteral("0.0.0.0"), [](const QByteArray &datagram) { return datagram; }, UdpPort);
        PolicyConfig policy = allowlist({"0.0.0.0/0"}); // even when everything is allowed
        policy.mode = Mode(mode);
        RawGuest guest(startBare(policy));
        guest.send(synTo(Ipv4{address}));
        guest.send(udp({1}, UdpPort, Ipv4{address}));
        QTRY_VERIFY(m_engine->counters().packetsBlocked >= 2);
        if (Mode(mode) == Mode::Off)
            QVERIFY(m_engine->apply({})); // for the control
        QVERIFY(guest.connect(AllowedIp, TcpPort, 40001));
        guest.send(udp({9}, UdpPort, AllowedIp));
        QTRY_COMPARE(server.accepted(), 1);
        QTRY_COMPARE(datagrams.received(), 1);
        QCOMPARE(m_engine->counters().tcpEstablished, 1u);
    }

    void offIsSilent()
    {
        const TcpServer server(QStringLiteral("0.0.0.0"), echo, TcpPort);
        RawGuest guest(startBare(off()));
        const std::vector<Frame> frames{arpRequest(plan::Gateway),
                                        dhcpDiscover(),
                                        dnsFrame("host.boxlite.internal", 1),
                                        echoRequest(plan::Gateway),
                                        udp({1}, UdpPort, plan::Gateway),
                                        frameOf(synTo(AllowedIp)),
                                        frameOf(synTo(plan::Gateway)),
                                        frameOf(synTo(OtherIp, plan::DnsPort)),
                                        dnsFrame("other.test", 1)};
        const auto before = m_resolver->asked().size();
        guest.sendRaw(RawGuest::onWire(frames));
        QTRY_COMPARE(m_engine->counters().packetsBlocked, quint64(frames.size()));
        QVERIFY(!guest.hasReceived());
        QCOMPARE(m_engine->counters().bytesReceived, 0u);
        QCOMPARE(server.accepted(), 0);
        QCOMPARE(m_resolver->asked().size(), before);

        QVERIFY(m_engine->apply({}));
        for (const Frame &frame : frames) {
            guest.send(frame);
            QVERIFY(guest.receive([](const Frame &) { return true; }, 3000)); // each has its answer now
        }
    }

    void offForgetsQuestionsThatAreUnderWay()
    {
        RawGuest guest(startBare());
        guest.send(dnsFrame("silent.test", 1));
        QTRY_COMPARE(m_resolver->asked().count(QStringLiteral("silent.test")), 1);
        QVERIFY(m_engine->apply(off()));
        QTest::qWait(3500); // past the time after which the resolver would be asked again
        QCOMPARE(m_resolver->asked().count(QStringLiteral("silent.test")), 1);
    }

    void aNameThatIsNotAllowedIsNeverForwarded_data()
    {
        QTest::addColumn<quint16>("type");
        QTest::newRow("A") << quint16(1);
        QTest::newRow("AAAA") << quint16(28);
        QTest::newRow("DNS tunnel over TXT") << quint16(16);
        QTest::newRow("DNS tunnel over MX") << quint16(15);
        QTest::newRow("DNS tunnel over CNAME") << quint16(5);
        QTest::newRow("DNS tunnel over NULL") << quint16(10);
        QTest::newRow("ECH: HTTPS") << quint16(65);
        QTest::newRow("ECH: SVCB") << quint16(64);
        for (const quint16 type : {2, 6, 12, 33, 35, 43, 99, 249, 251, 252, 255, 257, 32769, 65534, 0})
            QTest::addRow("type %u", unsigned(type)) << type;
    }
    void aNameThatIsNotAllowedIsNeverForwarded()
    {
        QFETCH(quint16, type);
        startEngine(allowlist({"allowed.test", "*.below.test"}));
        const auto before = m_resolver->asked().size();
        for (const QByteArray name : {"other.test", "evil-allowed.test", "allowed.test.evil.test",
                                      "below.test", "x.allowed.test", "test"}) {
            const Answer answer = resolve(name, Gateway, type);
            QVERIFY(answer.code >= 0);
            const int stream = guestTcp(Gateway, 53);
            const QByteArray query = dnsQuery(name, type);
            sendAll(stream, QByteArray(1, '\0') + char(query.size()) + query);
            QCOMPARE(receiveExactly(stream, 2).size(), 2);
            ::close(stream);
        }
        QCOMPARE(m_resolver->asked().size(), before);
        resolve("allowed.test"); // the control
        QCOMPARE(m_resolver->asked().size(), before + 1);
    }

    void nobodyElseAnswersOnAFlow()
    {
        RawGuest guest(startBare());
        const int server = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int third = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(UdpPort);
        name.sin_addr.s_addr = htonl(AllowedIp.value);
        QCOMPARE(::bind(server, reinterpret_cast<sockaddr *>(&name), sizeof name), 0);
        name.sin_addr.s_addr = htonl(OtherIp.value);
        QCOMPARE(::bind(third, reinterpret_cast<sockaddr *>(&name), sizeof name), 0);
        guest.send(udp({1}, UdpPort, AllowedIp));
        sockaddr_in relay{};
        socklen_t size = sizeof relay;
        char buffer[64];
        QCOMPARE(::recvfrom(server, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr *>(&relay), &size),
                 1);
        ::sendto(third, "forged", 6, 0, reinterpret_cast<sockaddr *>(&relay), size);
        ::sendto(server, "real", 4, 0, reinterpret_cast<sockaddr *>(&relay), size); // the control, after it
        const auto frame = guest.receive([](const Frame &) { return true; }, 3000);
        QVERIFY(frame);
        QCOMPARE(frame->size(), EthernetHeader + Ipv4Header + UdpHeader + 4);
        QVERIFY(!guest.hasReceived());
        ::close(server);
        ::close(third);
    }

    void urgentDataIsOrdinaryData()
    {
        QByteArray received;
        std::atomic<bool> isDone{false};
        const TcpServer server(
            Allowed,
            [&](int socket) {
                received = receiveExactly(socket, 100);
                isDone = true;
            },
            TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        segment->flags = TcpAck | TcpUrg | TcpPsh;
        segment->urgent = 0xffff; // past its data: libslirp 4.7 would send what lies behind
        segment->data = {'a', 'b', 'c'};
        guest.send(*segment);
        segment->sequence += 3;
        segment->urgent = 0;
        segment->data.clear();
        segment->flags = TcpAck | TcpFin;
        guest.send(*segment);
        QTRY_VERIFY(isDone);
        QCOMPARE(received, QByteArray("abc"));
    }

    void whatArrivedFirstStays()
    {
        QByteArray received;
        std::atomic<bool> isDone{false};
        const TcpServer server(
            Allowed,
            [&](int socket) {
                received = receiveExactly(socket, 6);
                isDone = true;
            },
            TcpPort);
        RawGuest guest(startBare());
        const auto base = guest.connect(AllowedIp, TcpPort);
        QVERIFY(base);
        const auto put = [&](uint32_t offset, const Frame &data) {
            Segment segment = *base;
            segment.flags = TcpAck | TcpPsh;
            segment.sequence += offset;
            segment.data = data;
            guest.send(segment);
        };
        put(3, {'d', 'e', 'f'});
        put(0, {'a', 'b', 'c', 'X', 'Y', 'Z'});
        QTRY_VERIFY(isDone);
        QCOMPARE(received.left(3), QByteArray("abc"));
        QCOMPARE(received.size(), 6);
    }

    void aForgedResetHidesNoConnection()
    {
        const TcpServer server(Allowed, echo, TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        QTRY_COMPARE(m_engine->counters().tcpOpen, 1u);
        Segment reset = *segment;
        reset.flags = TcpRst;
        reset.sequence += 0x40000000; // far outside the window: the stack ignores it
        guest.send(reset);
        reset.sequence = segment->sequence;
        reset.spoilChecksum = 1;
        guest.send(reset);
        segment->flags = TcpAck | TcpPsh;
        segment->data = {'h', 'i'};
        guest.send(*segment);
        QVERIFY(guest.receiveSegment(segment->fromPort));
        QCOMPARE(m_engine->counters().tcpOpen, 1u);
    }

    void aFlowIsEndedWhateverItsGuestSays()
    {
        const RecordingServer server(Allowed, TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        segment->flags = TcpAck | TcpPsh;
        segment->data = {'h', 'i'};
        guest.send(*segment);
        QTRY_COMPARE(server.received(), QByteArray("hi"));
        Segment forged = *segment;
        forged.sequence += 0x40000000; // far outside the window: no reset from there on is believed
        guest.send(forged);
        QTRY_COMPARE(m_engine->flows()[0].traffic.packetsSent, 4u);
        QVERIFY(m_engine->closeFlow(m_engine->flows()[0].id));
        QTRY_VERIFY(server.hasEnded());
        QVERIFY(server.connections()[0].wasReset);
        QVERIFY(m_engine->flows().empty());
    }

    void aFlowThatIsOverIsEndedWhateverItsGuestSays()
    {
        const RecordingServer server(Allowed, TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        segment->flags = TcpAck | TcpFin;
        guest.send(*segment);
        std::optional<Reply> fin = guest.receiveSegment(segment->fromPort);
        while (fin && !(fin->flags & TcpFin))
            fin = guest.receiveSegment(segment->fromPort);
        QVERIFY(fin); // and is not acknowledged
        Segment again = *segment;
        again.flags = TcpSyn;
        again.sequence += 300'000; // beyond the window: the stack does not take it for a new connection
        guest.send(again);
        QVERIFY(guest.receiveSegment(segment->fromPort)); // but says where it is
        QVERIFY(m_engine->closeFlow(m_engine->flows()[0].id));
        QVERIFY(m_engine->flows().empty());
    }

    void aKnownFlowIsNoWayAroundANewPolicy()
    {
        // The server ends first, so that the stack comes to TIME_WAIT, from where a SYN connects anew.
        const TcpServer server(
            Allowed, [](int) {}, TcpPort);
        RawGuest guest(startBare());
        auto segment = guest.connect(AllowedIp, TcpPort);
        QVERIFY(segment);
        std::optional<Reply> fin = guest.receiveSegment(segment->fromPort);
        while (fin && !(fin->flags & TcpFin))
            fin = guest.receiveSegment(segment->fromPort);
        QVERIFY(fin);
        segment->acknowledgment = fin->sequence + 1;
        segment->flags = TcpAck;
        guest.send(*segment);
        Segment forged = *segment;
        forged.spoilChecksum = 1;
        forged.flags = TcpAck | TcpFin; // looks over to a gate that does not check it
        guest.send(forged);
        forged.flags = TcpSyn; // and begins anew
        guest.send(forged);
        segment->flags = TcpAck | TcpFin;
        guest.send(*segment);
        QVERIFY(guest.receiveSegment(segment->fromPort)); // TIME_WAIT
        QVERIFY(m_engine->apply(allowlist({Other.toStdString()})));
        Segment again = *segment;
        again.flags = TcpSyn;
        again.sequence += 300'000; // beyond the window, as a new connection's
        const quint64 sent = m_engine->counters().packetsSent;
        guest.send(again);
        QTRY_COMPARE(m_engine->counters().packetsSent, sent + 1);
        QVERIFY(m_engine->apply({}));
        QVERIFY(guest.connect(AllowedIp, TcpPort, 40001)); // the control
        QTRY_COMPARE(server.accepted(), 2);
    }
};

BOXGATE_ENGINE_TEST(TestEngineHostile)

#include "tst_enginehostile.moc"
