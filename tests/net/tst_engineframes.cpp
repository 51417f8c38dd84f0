#include "tests/net/enginebench.h"
#include "tests/net/rawguest.h"

#include <QTest>

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
constexpr size_t IpAt = EthernetHeader;
constexpr quint16 Port = 7002;
constexpr quint16 QuicPort = 443;

Frame icmp(uint8_t type, Ipv4 to, const Frame &payload)
{
    Frame message{type, 0, 0, 0, 0, 1, 0, 1};
    message.insert(message.end(), payload.begin(), payload.end());
    storeBe16(message.data() + 2, checksum(message));
    return ethernet(EtherTypeIpv4, ipv4(ProtocolIcmp, message, to));
}

/// An ARP packet of the guest that says that address is at mac.
Frame arp(uint16_t operation, Ipv4 address, const MacAddress &mac, Ipv4 target)
{
    Frame packet(ArpPacket, 0);
    constexpr uint8_t start[6] = {0, 1, 8, 0, 6, 4};
    std::ranges::copy(start, packet.begin());
    storeBe16(packet.data() + 6, operation);
    std::ranges::copy(mac, packet.begin() + 8);
    storeBe32(packet.data() + 14, address.value);
    storeBe32(packet.data() + 24, target.value);
    Frame frame = ethernet(EtherTypeArp, packet);
    std::ranges::copy(plan::BroadcastMac, frame.begin());
    return frame;
}

/// A datagram over IPv6 to ::1. protocol   17, or 58 for an echo request
Frame ipv6(uint8_t protocol)
{
    Frame packet(40 + UdpHeader + 2, 0);
    packet[0] = 0x60;
    packet[5] = UdpHeader + 2;
    packet[6] = protocol;
    packet[7] = 64;
    packet[8] = 0xfd; // from fd00::2
    packet[23] = 2;
    packet[39] = 1;
    storeBe16(packet.data() + 40, protocol == 58 ? uint16_t(128 << 8) : uint16_t(40000));
    storeBe16(packet.data() + 42, Port);
    storeBe16(packet.data() + 44, UdpHeader + 2);
    return ethernet(0x86dd, packet);
}

/// A DHCP request of a client with this number. type   1 is a discover
Frame dhcp(uint32_t client, uint8_t type = 1)
{
    Frame message(240, 0);
    message[0] = message[1] = 1;
    message[2] = 6;
    storeBe32(message.data() + 4, client);
    std::ranges::copy(plan::GuestMac, message.begin() + 28);
    if (client != 0)
        storeBe32(message.data() + 30, client); // somebody else's MAC
    storeBe32(message.data() + 236, 0x63825363);
    const uint8_t options[] = {53, 1, type, 255};
    message.insert(message.end(), options, options + sizeof options);
    Frame frame = udp(message, 67, plan::LimitedBroadcast, Ipv4(), 68);
    std::ranges::copy(plan::BroadcastMac, frame.begin());
    return frame;
}

bool isIcmp(const Frame &frame)
{
    return frame.size() > IpAt + Ipv4Header && loadBe16(frame.data() + 12) == EtherTypeIpv4
        && frame[IpAt + 9] == ProtocolIcmp;
}

bool isDhcpOffer(const Frame &frame)
{
    return frame.size() > IpAt + Ipv4Header + UdpHeader + 240 && frame[IpAt + 9] == ProtocolUdp
        && loadBe16(frame.data() + IpAt + Ipv4Header) == 67;
}

} // namespace

/// Frames other than of TCP and UDP, and the gate's answers that are frames of their own. A watch on all that
/// leaves the host would see what gets out.
class TestEngineFrames : public QObject, EngineBench
{
    Q_OBJECT

private:
    std::unique_ptr<UdpServer> m_server;
    std::unique_ptr<PacketWatch> m_watch;

    /// An honest datagram, whose arrival is the control of what came before it.
    void checkControl(RawGuest &guest, const QStringList &alone)
    {
        const int before = m_server->received();
        guest.send(udp({9}, Port, AllowedIp));
        QTRY_COMPARE(m_server->received(), before + 1);
        const QString control = Allowed + QStringLiteral("/17:7002");
        QTRY_VERIFY(m_watch->seen().contains(control));
        QStringList others = m_watch->seen();
        others.removeAll(control);
        others = others.filter(QRegularExpression(QStringLiteral("^(?!127\\.0\\.0\\.1/17)"))); // its answers
        QCOMPARE(others, alone);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
        m_server = std::make_unique<UdpServer>(
            QStringLiteral("0.0.0.0"), [](const QByteArray &) { return QByteArray(); }, Port);
        m_watch = std::make_unique<PacketWatch>();
    }

    void cleanup() { stop(); }

    void nothingElseLeaves_data()
    {
        QTest::addColumn<Frame>("frame");
        const Frame payload(64, 's');
        const Frame honest = udp({1, 2}, Port, AllowedIp);
        const Frame packet(honest.begin() + IpAt, honest.end());
        const Frame packet6 = ipv6(ProtocolUdp);
        const auto tagged = [&](std::initializer_list<uint8_t> tag) {
            Frame frame = honest;
            frame.insert(frame.begin() + 12, tag.begin(), tag.end());
            return frame;
        };
        const auto carrying = [&](uint8_t protocol, const Frame &inner) {
            return ethernet(EtherTypeIpv4, ipv4(protocol, inner, AllowedIp));
        };
        QTest::newRow("ICMP payloads: an echo request") << icmp(IcmpEchoRequest, AllowedIp, payload);
        QTest::newRow("ICMP payloads: an echo reply") << icmp(IcmpEchoReply, AllowedIp, payload);
        QTest::newRow("ICMP payloads: unreachable") << icmp(IcmpUnreachable, AllowedIp, packet);
        QTest::newRow("ICMP payloads: a timestamp") << icmp(13, AllowedIp, payload);
        QTest::newRow("IPv6: UDP") << ipv6(ProtocolUdp);
        QTest::newRow("IPv6: an echo request") << ipv6(58);
        QTest::newRow("IPv6 inside IPv4") << carrying(41, Frame(packet6.begin() + IpAt, packet6.end()));
        QTest::newRow("IPv4 inside IPv4") << carrying(4, packet);
        QTest::newRow("GRE") << carrying(47, payload);
        QTest::newRow("ESP") << carrying(50, payload);
        QTest::newRow("SCTP") << carrying(132, payload);
        QTest::newRow("UDP-Lite") << carrying(136, Frame(packet.begin() + Ipv4Header, packet.end()));
        QTest::newRow("IGMP") << carrying(2, payload);
        QTest::newRow("a VLAN tag") << tagged({0x81, 0x00, 0, 1});
        QTest::newRow("two VLAN tags") << tagged({0x88, 0xa8, 0, 1, 0x81, 0x00, 0, 1});
        QTest::newRow("NC-SI") << ethernet(0x88f8, payload);
        QTest::newRow("PPPoE") << ethernet(0x8864, packet);
        QTest::newRow("LLDP") << ethernet(0x88cc, payload);
        QTest::newRow("802.3 with a length") << ethernet(64, payload);
        QTest::newRow("gratuitous ARP: the guest's own address")
            << arp(ArpRequest, plan::Guest, plan::GuestMac, plan::Guest);
        QTest::newRow("gratuitous ARP: the gateway's address")
            << arp(ArpRequest, plan::Gateway, plan::GuestMac, plan::Gateway);
        QTest::newRow("gratuitous ARP: the host alias, as a reply")
            << arp(ArpReply, plan::HostAlias, plan::GuestMac, plan::HostAlias);
        QTest::newRow("gratuitous ARP: the guest's address, elsewhere")
            << arp(ArpReply, plan::Guest, MacAddress{2, 0, 0, 0, 0, 1}, plan::Guest);
        QTest::newRow("ARP for an address that is nobody's")
            << arp(ArpRequest, plan::Guest, plan::GuestMac, Ipv4::of(192, 168, 127, 9));
    }
    void nothingElseLeaves()
    {
        QFETCH(Frame, frame);
        RawGuest guest(startBare()); // whatever is allowed
        m_watch->clear();
        guest.send(frame);
        checkControl(guest, {});
        QVERIFY(!guest.hasReceived());
    }

    void theWatchSeesWhatItIsFor()
    {
        m_watch->clear();
        const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_addr = in6addr_loopback;
        to.sin6_port = htons(Port);
        ::sendto(socket, "x", 1, 0, reinterpret_cast<sockaddr *>(&to), sizeof to);
        ::close(socket);
        const int ping = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
        sockaddr_in host{};
        host.sin_family = AF_INET;
        host.sin_addr.s_addr = htonl(AllowedIp.value);
        const uint8_t echo[8] = {IcmpEchoRequest, 0, 0xf7, 0xff};
        ::sendto(ping, echo, sizeof echo, 0, reinterpret_cast<sockaddr *>(&host), sizeof host);
        ::close(ping);
        QTRY_VERIFY(m_watch->seen().contains(QStringLiteral("ethertype 86dd")));
        QTRY_VERIFY(m_watch->seen().contains(Allowed + QStringLiteral("/1:0")));
    }

    void gratuitousArpChangesNoAnswer()
    {
        RawGuest guest(startBare());
        for (const Ipv4 address : {plan::Gateway, plan::HostAlias, plan::Guest}) {
            guest.send(arp(ArpReply, address, MacAddress{2, 0, 0, 0, 0, 1}, address));
            guest.send(arp(ArpRequest, address, plan::GuestMac, address));
        }
        guest.discard();
        guest.send(arp(ArpRequest, plan::Guest, plan::GuestMac, plan::Gateway));
        const auto isArp = [](const Frame &frame) { return loadBe16(frame.data() + 12) == EtherTypeArp; };
        const auto reply = guest.receive(isArp, 3000);
        QVERIFY(reply);
        QVERIFY(std::equal(plan::GatewayMac.begin(), plan::GatewayMac.end(), reply->begin() + IpAt + 8));
        const TcpServer server(Allowed, echo, 7001);
        Segment syn;
        syn.to = AllowedIp;
        syn.toPort = 7001;
        syn.flags = TcpSyn;
        guest.send(syn); // the stack behind still knows the guest
        const auto answer =
            guest.receive([](const Frame &frame) { return frame[IpAt + 9] == ProtocolTcp; }, 3000);
        QVERIFY(answer);
        QVERIFY(std::equal(plan::GuestMac.begin(), plan::GuestMac.end(), answer->begin()));
        QVERIFY(std::equal(plan::GatewayMac.begin(), plan::GatewayMac.end(), answer->begin() + 6));
    }

    void dhcpStarvationFindsOneAddress()
    {
        RawGuest guest(startBare());
        m_watch->clear();
        for (uint32_t client = 1; client <= 2000; ++client) {
            guest.send(dhcp(client));
            guest.discard();
        }
        guest.send(dhcp(0)); // the guest itself, in the end
        const auto offer = guest.receive(
            [](const Frame &frame) {
                return isDhcpOffer(frame) && loadBe32(frame.data() + IpAt + Ipv4Header + UdpHeader + 4) == 0;
            },
            5000);
        QVERIFY(offer);
        QCOMPARE(loadBe32(offer->data() + IpAt + Ipv4Header + UdpHeader + 16), plan::Guest.value);
        checkControl(guest, {});
    }

    void quicIsProhibitedAtOnce_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<bool>("isAllowed");
        QTest::newRow("a name without /udp") << QByteArray("allowed.test") << false;
        QTest::newRow("a name with /udp") << QByteArray("allowed.test/udp") << true;
    }
    void quicIsProhibitedAtOnce()
    {
        QFETCH(QByteArray, rule);
        QFETCH(bool, isAllowed);
        const UdpServer quic(
            Allowed, [](const QByteArray &datagram) { return datagram; }, QuicPort);
        RawGuest guest(startBare(allowlist({rule.toStdString(), "198.51.100.10:7002"})));
        const QByteArray query = dnsQuery("allowed.test", 1);
        guest.send(udp({query.begin(), query.end()}, plan::DnsPort, plan::Gateway));
        QVERIFY(guest.receive([](const Frame &) { return true; }, 3000));
        m_watch->clear();
        const Frame initial = udp(Frame(1200, 0xc0), QuicPort, AllowedIp);
        guest.send(initial);
        const auto reply = guest.receive([](const Frame &) { return true; }, 3000);
        QVERIFY(reply);
        QCOMPARE(isIcmp(*reply), !isAllowed);
        if (isAllowed) {
            QCOMPARE(quic.received(), 1);
            return;
        }
        const uint8_t *const message = reply->data() + IpAt + Ipv4Header;
        QCOMPARE(int(message[0]), int(IcmpUnreachable));
        QCOMPARE(int(message[1]), int(IcmpCodeProhibited));
        QCOMPARE(checksum({message, reply->size() - IpAt - Ipv4Header}), 0);
        // It quotes the packet, so that the client's system finds the socket.
        QVERIFY(std::equal(initial.begin() + IpAt, initial.begin() + IpAt + Ipv4Header + 8,
                           message + IcmpHeader));
        checkControl(guest, {});
        QCOMPARE(quic.received(), 0);
    }
};

BOXGATE_ENGINE_TEST(TestEngineFrames)

#include "tst_engineframes.moc"
