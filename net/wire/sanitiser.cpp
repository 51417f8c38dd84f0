#include "net/wire/sanitiser.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <cstring>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr uint16_t DhcpServerPort = 67;
constexpr uint16_t DhcpClientPort = 68;

Sanitised dropped(DropReason reason)
{
    Sanitised result;
    result.reason = reason;
    return result;
}

Sanitised accepted(FrameKind kind, const Packet &packet)
{
    Sanitised result;
    result.kind = kind;
    result.packet = packet;
    return result;
}

bool equals(const uint8_t *bytes, const MacAddress &mac)
{
    return std::memcmp(bytes, mac.data(), mac.size()) == 0;
}

Sanitised sanitiseArp(std::span<uint8_t> payload)
{
    if (payload.size() < ArpPacket)
        return dropped(DropReason::TooShort);
    const std::span<uint8_t> arp = payload.first(ArpPacket);
    // Ethernet, IPv4, their sizes
    static constexpr uint8_t start[6] = {0, 1, 8, 0, 6, 4};
    if (std::memcmp(arp.data(), start, sizeof start) != 0)
        return dropped(DropReason::BadHeader);
    if (!equals(arp.data() + 8, plan::GuestMac))
        return dropped(DropReason::ForeignMac);
    const Ipv4 sender{loadBe32(arp.data() + 14)};
    if (sender != plan::Guest && sender != Ipv4()) // 0.0.0.0 probes for duplicates, RFC 5227
        return dropped(DropReason::ForeignAddress);
    Sanitised result;
    result.kind = FrameKind::Arp;
    result.arp = arp;
    return result;
}

/// Whether no stack sends these flags.
bool areAbsurd(uint8_t flags, size_t dataSize)
{
    if (flags & TcpSyn)
        return (flags & (TcpFin | TcpRst)) || dataSize > 0;
    if (flags & TcpRst)
        return flags & TcpFin;
    return !(flags & TcpAck);
}

void clearUrgent(std::span<uint8_t> segment)
{
    const uint16_t flagsBefore = loadBe16(segment.data() + 12);
    const uint16_t pointerBefore = loadBe16(segment.data() + 18);
    const uint16_t flagsAfter = uint16_t(flagsBefore & ~TcpUrg);
    if (flagsBefore == flagsAfter && pointerBefore == 0)
        return;
    uint16_t sum = loadBe16(segment.data() + 16);
    sum = adjustChecksum(sum, flagsBefore, flagsAfter);
    sum = adjustChecksum(sum, pointerBefore, 0);
    storeBe16(segment.data() + 12, flagsAfter);
    storeBe16(segment.data() + 16, sum);
    storeBe16(segment.data() + 18, 0);
}

Sanitised sanitiseTcp(Packet &packet)
{
    const std::span<uint8_t> segment = packet.payload;
    if (segment.size() < TcpHeader)
        return dropped(DropReason::TooShort);
    const size_t header = size_t(segment[12] >> 4) * 4;
    if (header < TcpHeader || header > segment.size())
        return dropped(DropReason::BadHeader);
    packet.sourcePort = loadBe16(segment.data());
    packet.destinationPort = loadBe16(segment.data() + 2);
    if (packet.sourcePort == 0 || packet.destinationPort == 0)
        return dropped(DropReason::BadHeader);
    packet.data = segment.subspan(header);
    if (areAbsurd(segment[13], packet.data.size()))
        return dropped(DropReason::TcpFlags);
    // What opens and ends connections is tracked here, so it must be what the stack will believe as well; the
    // stack checks the rest.
    const bool isControl = segment[13] & (TcpSyn | TcpFin | TcpRst);
    if (isControl && transportChecksum(packet.source, packet.destination, ProtocolTcp, segment) != 0)
        return dropped(DropReason::BadChecksum);
    clearUrgent(segment);
    packet.tcpFlags = segment[13];
    packet.tcpSequence = loadBe32(segment.data() + 4);
    packet.tcpAcknowledgment = loadBe32(segment.data() + 8);
    return accepted(FrameKind::Tcp, packet);
}

Sanitised sanitiseUdp(Packet &packet)
{
    const std::span<uint8_t> datagram = packet.payload;
    if (datagram.size() < UdpHeader)
        return dropped(DropReason::TooShort);
    if (loadBe16(datagram.data() + 4) != datagram.size())
        return dropped(DropReason::BadHeader);
    packet.sourcePort = loadBe16(datagram.data());
    packet.destinationPort = loadBe16(datagram.data() + 2);
    if (packet.sourcePort == 0 || packet.destinationPort == 0)
        return dropped(DropReason::BadHeader);
    const bool hasChecksum = loadBe16(datagram.data() + 6) != 0;
    if (hasChecksum && transportChecksum(packet.source, packet.destination, ProtocolUdp, datagram) != 0)
        return dropped(DropReason::BadChecksum);
    packet.data = datagram.subspan(UdpHeader);
    return accepted(FrameKind::Udp, packet);
}

Sanitised sanitiseIcmp(Packet &packet)
{
    if (packet.payload.size() < IcmpHeader)
        return dropped(DropReason::TooShort);
    if (checksum(packet.payload) != 0)
        return dropped(DropReason::BadChecksum);
    packet.data = packet.payload.subspan(IcmpHeader);
    return accepted(FrameKind::Icmp, packet);
}

/// A client that has no address yet asks for one.
bool isDhcpRequest(const Packet &packet)
{
    return packet.protocol == ProtocolUdp && packet.payload.size() >= UdpHeader
        && loadBe16(packet.payload.data()) == DhcpClientPort
        && loadBe16(packet.payload.data() + 2) == DhcpServerPort;
}

Sanitised sanitiseFragment(const Packet &packet, uint16_t fragment)
{
    if (packet.protocol == ProtocolTcp)
        return dropped(DropReason::TcpFragment);
    if (packet.protocol != ProtocolUdp)
        return dropped(DropReason::Protocol);
    const bool isUneven = (fragment & MoreFragments) && packet.payload.size() % 8 != 0;
    const size_t end = size_t(fragment & FragmentOffsetMask) * 8 + packet.payload.size();
    if (packet.payload.empty() || isUneven || end + Ipv4Header > 65535)
        return dropped(DropReason::BadHeader);
    return accepted(FrameKind::UdpFragment, packet);
}

Sanitised sanitiseIpv4(std::span<uint8_t> ip, size_t mtu, bool isBroadcast)
{
    if (ip.size() < Ipv4Header)
        return dropped(DropReason::TooShort);
    const size_t total = loadBe16(ip.data() + 2);
    const bool hasOptions = ip[0] != 0x45;
    if (hasOptions || total < Ipv4Header || total > ip.size() || ip[8] == 0)
        return dropped(DropReason::BadHeader);
    if (total > mtu)
        return dropped(DropReason::TooLong);
    if (checksum(ip.first(Ipv4Header)) != 0)
        return dropped(DropReason::BadChecksum);

    Packet packet;
    packet.ip = ip.first(total);
    packet.payload = packet.ip.subspan(Ipv4Header);
    packet.protocol = ip[9];
    packet.source = Ipv4{loadBe32(ip.data() + 12)};
    packet.destination = Ipv4{loadBe32(ip.data() + 16)};

    const uint16_t fragment = loadBe16(ip.data() + 6);
    const bool isFragment = fragment & (MoreFragments | FragmentOffsetMask);
    if (fragment & FragmentReserved)
        return dropped(DropReason::BadHeader);
    const bool isDhcp = !isFragment && isDhcpRequest(packet);
    if (packet.source != plan::Guest && !(packet.source == Ipv4() && isDhcp))
        return dropped(DropReason::ForeignAddress);
    if (isBroadcast && !isDhcp)
        return dropped(DropReason::ForeignMac);
    if (isFragment)
        return sanitiseFragment(packet, fragment);
    switch (packet.protocol) {
    case ProtocolTcp:
        return sanitiseTcp(packet);
    case ProtocolUdp:
        return sanitiseUdp(packet);
    case ProtocolIcmp:
        return sanitiseIcmp(packet);
    default:
        return dropped(DropReason::Protocol);
    }
}

} // namespace

std::string_view describe(DropReason reason)
{
    switch (reason) {
    case DropReason::TooShort:
        return "it ends inside a header";
    case DropReason::TooLong:
        return "it is above the MTU";
    case DropReason::EtherType:
        return "an EtherType that is neither IPv4 nor ARP";
    case DropReason::ForeignMac:
        return "a MAC address that is not the box's or the gateway's";
    case DropReason::ForeignAddress:
        return "a source address that is not the box's";
    case DropReason::BadHeader:
        return "a malformed header, or IP options";
    case DropReason::BadChecksum:
        return "a wrong checksum";
    case DropReason::TcpFragment:
        return "a TCP fragment";
    case DropReason::TcpFlags:
        return "TCP flags that no stack sends, or data on a SYN";
    case DropReason::Protocol:
        return "an IP protocol other than TCP, UDP and ICMP";
    case DropReason::None:
        break;
    }
    return "";
}

Sanitised sanitise(std::span<uint8_t> frame, size_t mtu)
{
    if (frame.size() < EthernetHeader)
        return dropped(DropReason::TooShort);
    const uint16_t etherType = loadBe16(frame.data() + 12);
    if (etherType != EtherTypeIpv4 && etherType != EtherTypeArp)
        return dropped(DropReason::EtherType);
    const bool isBroadcast = equals(frame.data(), plan::BroadcastMac);
    if (!equals(frame.data() + 6, plan::GuestMac) || !(isBroadcast || equals(frame.data(), plan::GatewayMac)))
        return dropped(DropReason::ForeignMac);
    const std::span<uint8_t> payload = frame.subspan(EthernetHeader);
    return etherType == EtherTypeArp ? sanitiseArp(payload) : sanitiseIpv4(payload, mtu, isBroadcast);
}

Sanitised sanitiseReassembled(std::span<uint8_t> ip)
{
    constexpr bool isBroadcast = false;
    return sanitiseIpv4(ip, 65535, isBroadcast);
}

} // namespace boxgate::net
