#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/wire/sanitiser.h"

#include "tests/net/framefixture.h"

using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

Q_DECLARE_METATYPE(boxgate::test::Frame)

namespace {

constexpr size_t IpAt = EthernetHeader;
constexpr size_t TcpAt = EthernetHeader + Ipv4Header;

const Ipv4 Remote = Ipv4::of(93, 184, 216, 34);

/// A TCP frame with one byte changed and the IP checksum mended.
Frame changedIp(size_t offset, uint8_t value, Frame frame = tcp(TcpAck, {1, 2, 3}))
{
    frame[IpAt + offset] = value;
    mendIpv4(frame, IpAt);
    return frame;
}

Frame changedTcp(size_t offset, uint8_t value)
{
    Frame frame = tcp(TcpAck, {1, 2, 3});
    frame[TcpAt + offset] = value;
    return frame;
}

Frame changedFrame(size_t offset, uint8_t value, Frame frame = tcp(TcpAck))
{
    frame[offset] = value;
    return frame;
}

Frame udpFragment(uint16_t field, size_t size)
{
    Frame frame = ethernet(EtherTypeIpv4, ipv4(ProtocolUdp, Frame(size, 7)));
    storeBe16(frame.data() + IpAt + 6, field);
    mendIpv4(frame, IpAt);
    return frame;
}

Frame arp(Ipv4 sender, const MacAddress &mac = plan::GuestMac)
{
    Frame packet{0, 1, 8, 0, 6, 4, 0, 1};
    packet.insert(packet.end(), mac.begin(), mac.end());
    packet.resize(ArpPacket);
    storeBe32(packet.data() + 14, sender.value);
    storeBe32(packet.data() + 24, plan::Gateway.value);
    return ethernet(EtherTypeArp, packet);
}

Frame broadcast(Frame frame)
{
    std::ranges::copy(plan::BroadcastMac, frame.begin());
    return frame;
}

Frame truncated(Frame frame, size_t size)
{
    frame.resize(size);
    return frame;
}

Frame echoRequest()
{
    Frame icmp{IcmpEchoRequest, 0, 0, 0, 0, 1, 0, 1, 'h', 'i'};
    storeBe16(icmp.data() + 2, checksum(icmp));
    return ethernet(EtherTypeIpv4, ipv4(ProtocolIcmp, icmp, plan::Gateway));
}

} // namespace

class TestSanitiser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judges_data()
    {
        QTest::addColumn<Frame>("frame");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("reason");
        const auto passes = [](const char *name, const Frame &frame, FrameKind kind) {
            QTest::newRow(name) << frame << int(kind) << int(DropReason::None);
        };
        const auto drops = [](const char *name, const Frame &frame, DropReason reason) {
            QTest::newRow(name) << frame << int(FrameKind::Dropped) << int(reason);
        };
        passes("a TCP segment", tcp(TcpAck, {1, 2, 3}), FrameKind::Tcp);
        passes("a SYN", tcp(TcpSyn), FrameKind::Tcp);
        passes("a reset", tcp(TcpRst), FrameKind::Tcp);
        passes("a datagram", udp({1, 2}), FrameKind::Udp);
        passes("an empty datagram", udp({}), FrameKind::Udp);
        passes("an echo request", echoRequest(), FrameKind::Icmp);
        passes("an ARP request", arp(plan::Guest), FrameKind::Arp);
        passes("an ARP probe without an address", broadcast(arp(Ipv4())), FrameKind::Arp);
        passes("a DHCP request without an address",
               broadcast(udp(Frame(300), 67, plan::LimitedBroadcast, Ipv4(), 68)), FrameKind::Udp);
        Frame padded = udp({1});
        padded.resize(60);
        passes("a padded frame", padded, FrameKind::Udp);
        passes("a first fragment of UDP", udpFragment(MoreFragments, 16), FrameKind::UdpFragment);
        passes("a last fragment of UDP", udpFragment(2, 5), FrameKind::UdpFragment);

        drops("an empty frame", {}, DropReason::TooShort);
        drops("a frame of 13 bytes", truncated(tcp(TcpAck), 13), DropReason::TooShort);
        drops("half an IP header", truncated(tcp(TcpAck), 24), DropReason::TooShort);
        drops("a packet longer than its frame", truncated(tcp(TcpAck), 50), DropReason::BadHeader);
        drops("a packet above the MTU", udp(Frame(1473)), DropReason::TooLong);
        drops("IPv6", changedFrame(12, 0x86), DropReason::EtherType);
        drops("a VLAN tag", changedFrame(12, 0x81), DropReason::EtherType);
        drops("NC-SI", changedFrame(12, 0x88), DropReason::EtherType);
        drops("a spoofed source MAC", changedFrame(6, 0), DropReason::ForeignMac);
        drops("another destination MAC", changedFrame(0, 0), DropReason::ForeignMac);
        drops("TCP to the broadcast MAC", broadcast(tcp(TcpSyn)), DropReason::ForeignMac);
        drops("a spoofed source address", changedIp(15, 3), DropReason::ForeignAddress);
        drops("UDP without an address that is not DHCP", udp({1}, 9999, Remote, Ipv4()),
              DropReason::ForeignAddress);
        drops("IP options (source routing)", changedIp(0, 0x46), DropReason::BadHeader);
        drops("IP version 5", changedIp(0, 0x55), DropReason::BadHeader);
        drops("a total length of 19", changedIp(3, 19), DropReason::BadHeader);
        drops("TTL 0", changedIp(8, 0), DropReason::BadHeader);
        drops("the reserved fragment bit", changedIp(6, 0x80), DropReason::BadHeader);
        drops("a wrong IP checksum", changedFrame(IpAt + 10, 0xee), DropReason::BadChecksum);
        drops("a first fragment of TCP", changedIp(6, 0x20), DropReason::TcpFragment);
        drops("a later fragment of TCP", changedIp(7, 1), DropReason::TcpFragment);
        drops("SCTP", changedIp(9, 132), DropReason::Protocol);
        drops("a fragment of ICMP", changedIp(6, 0x20, echoRequest()), DropReason::Protocol);
        drops("a fragment that ends past 64 KiB", udpFragment(0x1fff, 64), DropReason::BadHeader);
        drops("an uneven fragment that is not the last", udpFragment(MoreFragments, 15),
              DropReason::BadHeader);
        drops("an empty fragment", udpFragment(2, 0), DropReason::BadHeader);
        drops("a TCP header past the packet", changedTcp(12, 0xf0), DropReason::BadHeader);
        drops("a TCP header of 16 bytes", changedTcp(12, 0x40), DropReason::BadHeader);
        drops("TCP without flags", tcp(0), DropReason::TcpFlags);
        drops("SYN and FIN", tcp(TcpSyn | TcpFin), DropReason::TcpFlags);
        drops("SYN and RST", tcp(TcpSyn | TcpRst), DropReason::TcpFlags);
        drops("a Christmas tree", tcp(TcpFin | TcpUrg | TcpPsh), DropReason::TcpFlags);
        drops("FIN without ACK", tcp(TcpFin), DropReason::TcpFlags);
        drops("data on a SYN", tcp(TcpSyn, {1}), DropReason::TcpFlags);
        drops(
            "TCP from port 0",
            [] {
                Frame frame = changedTcp(0, 0);
                frame[TcpAt + 1] = 0;
                return frame;
            }(),
            DropReason::BadHeader);
        drops("a UDP length below its packet", changedFrame(TcpAt + 5, 8, udp({1, 2})),
              DropReason::BadHeader);
        drops("a wrong UDP checksum", changedFrame(TcpAt + 6, 0xee, udp({1, 2})), DropReason::BadChecksum);
        drops("ARP for another's address", arp(plan::Gateway), DropReason::ForeignAddress);
        drops("ARP in another's MAC", arp(plan::Guest, plan::GatewayMac), DropReason::ForeignMac);
        drops("half an ARP packet", truncated(arp(plan::Guest), 40), DropReason::TooShort);
    }
    void judges()
    {
        QFETCH(Frame, frame);
        const Sanitised result = sanitise(frame, 1500);
        QTEST(int(result.kind), "kind");
        QTEST(int(result.reason), "reason");
    }

    void findsWhatIsInside()
    {
        Frame frame = tcp(TcpAck | TcpPsh, {1, 2, 3});
        frame.resize(64); // padding is no data
        const Packet packet = sanitise(frame, 1500).packet;
        QCOMPARE(packet.destination.value, Remote.value);
        QCOMPARE(packet.sourcePort, 40000);
        QCOMPARE(packet.destinationPort, 443);
        QCOMPARE(packet.data.size(), 3u);
        QCOMPARE(packet.tcpSequence, 1000u);
        QCOMPARE(packet.tcpLength(), 3u);
    }

    void clearsUrgentDataAndMendsTheChecksum_data()
    {
        QTest::addColumn<int>("flags");
        QTest::addColumn<int>("pointer");
        QTest::newRow("flag and pointer") << int(TcpAck | TcpUrg) << 0xffff;
        QTest::newRow("flag alone") << int(TcpAck | TcpUrg) << 0;
        QTest::newRow("pointer alone") << int(TcpAck) << 1;
        QTest::newRow("neither") << int(TcpAck) << 0;
    }
    void clearsUrgentDataAndMendsTheChecksum()
    {
        QFETCH(int, flags);
        QFETCH(int, pointer);
        Frame frame = tcp(uint8_t(flags), {'a', 'b', 'c'}, Remote, uint16_t(pointer));
        const Sanitised result = sanitise(frame, 1500);
        QVERIFY(result.kind == FrameKind::Tcp);
        QCOMPARE(frame[TcpAt + 13] & TcpUrg, 0);
        QCOMPARE(result.packet.tcpFlags & TcpUrg, 0);
        QCOMPARE(loadBe16(frame.data() + TcpAt + 18), 0);
        QCOMPARE(transportChecksum(plan::Guest, Remote, ProtocolTcp, result.packet.payload), 0);
    }
};

QTEST_APPLESS_MAIN(TestSanitiser)
#include "tst_sanitiser.moc"
