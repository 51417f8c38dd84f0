#include "net/wire/framebuilder.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <cstring>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr uint8_t TimeToLive = 64;

void writeEthernet(std::span<uint8_t> frame, uint16_t etherType)
{
    std::ranges::copy(plan::GuestMac, frame.begin());
    std::ranges::copy(plan::GatewayMac, frame.begin() + 6);
    storeBe16(frame.data() + 12, etherType);
}

void writeIpv4(std::span<uint8_t> ip, uint8_t protocol, Ipv4 source, Ipv4 destination)
{
    std::memset(ip.data(), 0, Ipv4Header);
    ip[0] = 0x45;
    storeBe16(ip.data() + 2, uint16_t(ip.size()));
    ip[8] = TimeToLive;
    ip[9] = protocol;
    storeBe32(ip.data() + 12, source.value);
    storeBe32(ip.data() + 16, destination.value);
}

} // namespace

std::span<uint8_t> FrameBuilder::start(size_t ipSize, uint8_t protocol, Ipv4 source, Ipv4 destination)
{
    m_buffer.resize(EthernetHeader + ipSize);
    writeEthernet(m_buffer, EtherTypeIpv4);
    writeIpv4(std::span(m_buffer).subspan(EthernetHeader), protocol, source, destination);
    return m_buffer;
}

std::span<const uint8_t> FrameBuilder::finishIpv4(std::span<uint8_t> frame, uint16_t fragment)
{
    const std::span<uint8_t> ip = frame.subspan(EthernetHeader);
    if (fragment == 0)
        storeBe16(ip.data() + 4, ++m_id);
    storeBe16(ip.data() + 2, uint16_t(ip.size()));
    storeBe16(ip.data() + 6, fragment);
    storeBe16(ip.data() + 10, 0);
    storeBe16(ip.data() + 10, checksum(ip.first(Ipv4Header)));
    return frame;
}

std::span<const uint8_t> FrameBuilder::arpReply(std::span<const uint8_t> request)
{
    m_buffer.assign(EthernetHeader + ArpPacket, 0);
    writeEthernet(m_buffer, EtherTypeArp);
    uint8_t *arp = m_buffer.data() + EthernetHeader;
    std::memcpy(arp, request.data(), 6);
    storeBe16(arp + 6, ArpReply);
    std::ranges::copy(plan::GatewayMac, arp + 8);
    std::memcpy(arp + 14, request.data() + 24, 4); // the address asked for
    std::memcpy(arp + 18, request.data() + 8, 10); // the asker's MAC and address
    return m_buffer;
}

std::span<const uint8_t> FrameBuilder::echoReply(const Packet &request)
{
    const std::span<uint8_t> frame =
        start(request.ip.size(), ProtocolIcmp, request.destination, request.source);
    const std::span<uint8_t> icmp = frame.subspan(EthernetHeader + Ipv4Header);
    std::ranges::copy(request.payload, icmp.begin());
    icmp[0] = IcmpEchoReply;
    storeBe16(icmp.data() + 2, 0);
    storeBe16(icmp.data() + 2, checksum(icmp));
    return finishIpv4(frame, 0);
}

std::span<const uint8_t> FrameBuilder::unreachable(const Packet &about, uint8_t code)
{
    const std::span<const uint8_t> quote = about.ip.first(std::min<size_t>(about.ip.size(), Ipv4Header + 8));
    const std::span<uint8_t> frame =
        start(Ipv4Header + IcmpHeader + quote.size(), ProtocolIcmp, about.destination, plan::Guest);
    const std::span<uint8_t> icmp = frame.subspan(EthernetHeader + Ipv4Header);
    std::memset(icmp.data(), 0, IcmpHeader);
    icmp[0] = IcmpUnreachable;
    icmp[1] = code;
    std::ranges::copy(quote, icmp.begin() + IcmpHeader);
    storeBe16(icmp.data() + 2, checksum(icmp));
    return finishIpv4(frame, 0);
}

std::span<const uint8_t> FrameBuilder::tcpControl(Ipv4 source, uint16_t sourcePort, Ipv4 destination,
                                                  uint16_t destinationPort, uint32_t sequence,
                                                  uint32_t acknowledgment, uint8_t flags, uint16_t window)
{
    const std::span<uint8_t> frame = start(Ipv4Header + TcpHeader, ProtocolTcp, source, destination);
    const std::span<uint8_t> tcp = frame.subspan(EthernetHeader + Ipv4Header);
    std::memset(tcp.data(), 0, TcpHeader);
    storeBe16(tcp.data(), sourcePort);
    storeBe16(tcp.data() + 2, destinationPort);
    storeBe32(tcp.data() + 4, sequence);
    storeBe32(tcp.data() + 8, acknowledgment);
    tcp[12] = (TcpHeader / 4) << 4;
    tcp[13] = flags;
    storeBe16(tcp.data() + 14, window);
    storeBe16(tcp.data() + 16, transportChecksum(source, destination, ProtocolTcp, tcp));
    return finishIpv4(frame, 0);
}

std::span<const uint8_t> FrameBuilder::resetFor(const Packet &segment)
{
    if (segment.tcpFlags & TcpAck)
        return tcpControl(segment.destination, segment.destinationPort, segment.source, segment.sourcePort,
                          segment.tcpAcknowledgment, 0, TcpRst);
    return tcpControl(segment.destination, segment.destinationPort, segment.source, segment.sourcePort, 0,
                      segment.tcpSequence + segment.tcpLength(), TcpRst | TcpAck);
}

std::span<const uint8_t> FrameBuilder::resetToGuest(Ipv4 remote, uint16_t remotePort, uint16_t guestPort,
                                                    uint32_t sequence, uint32_t acknowledgment)
{
    return tcpControl(remote, remotePort, plan::Guest, guestPort, sequence, acknowledgment, TcpRst | TcpAck);
}

std::span<const uint8_t> FrameBuilder::acknowledgmentToGuest(Ipv4 remote, uint16_t remotePort,
                                                             uint16_t guestPort, uint32_t sequence,
                                                             uint32_t acknowledgment, uint16_t window)
{
    return tcpControl(remote, remotePort, plan::Guest, guestPort, sequence, acknowledgment, TcpAck, window);
}

std::span<const uint8_t> FrameBuilder::resetFromGuest(uint16_t guestPort, Ipv4 remote, uint16_t remotePort,
                                                      uint32_t sequence)
{
    tcpControl(plan::Guest, guestPort, remote, remotePort, sequence, 0, TcpRst);
    std::ranges::copy(plan::GatewayMac, m_buffer.begin());
    std::ranges::copy(plan::GuestMac, m_buffer.begin() + 6);
    return m_buffer;
}

std::span<uint8_t> FrameBuilder::fromGuest(const GuestSegment &segment)
{
    const std::span<uint8_t> frame =
        start(Ipv4Header + TcpHeader + segment.data.size(), ProtocolTcp, plan::Guest, segment.remote);
    const std::span<uint8_t> tcp = frame.subspan(EthernetHeader + Ipv4Header);
    std::memset(tcp.data(), 0, TcpHeader);
    storeBe16(tcp.data(), segment.guestPort);
    storeBe16(tcp.data() + 2, segment.remotePort);
    storeBe32(tcp.data() + 4, segment.sequence);
    storeBe32(tcp.data() + 8, segment.acknowledgment);
    tcp[12] = (TcpHeader / 4) << 4;
    tcp[13] = segment.flags;
    storeBe16(tcp.data() + 14, segment.window);
    std::ranges::copy(segment.data, tcp.begin() + TcpHeader);
    storeBe16(tcp.data() + 16, transportChecksum(plan::Guest, segment.remote, ProtocolTcp, tcp));
    finishIpv4(frame, 0);
    std::ranges::copy(plan::GatewayMac, frame.begin());
    std::ranges::copy(plan::GuestMac, frame.begin() + 6);
    return frame;
}

void FrameBuilder::prepareUdp(std::span<uint8_t> buffer, const UdpEndpoints &ends)
{
    writeEthernet(buffer, EtherTypeIpv4);
    const std::span<uint8_t> ip = buffer.subspan(EthernetHeader);
    writeIpv4(ip, ProtocolUdp, ends.source, ends.destination);
    const std::span<uint8_t> udp = ip.subspan(Ipv4Header);
    storeBe16(udp.data(), ends.sourcePort);
    storeBe16(udp.data() + 2, ends.destinationPort);
    storeBe16(udp.data() + 4, uint16_t(udp.size()));
    storeBe16(udp.data() + 6, 0);
    const uint16_t sum = transportChecksum(ends.source, ends.destination, ProtocolUdp, udp);
    storeBe16(udp.data() + 6, sum == 0 ? 0xffff : sum); // 0 means "none", RFC 768
}

std::span<const uint8_t> FrameBuilder::nextFragment(std::span<const uint8_t> datagram, size_t mtu,
                                                    size_t &offset)
{
    constexpr size_t headers = EthernetHeader + Ipv4Header;
    const std::span<const uint8_t> payload = datagram.subspan(headers);
    const size_t room = (mtu - Ipv4Header) / 8 * 8;
    const size_t size = std::min(room, payload.size() - offset);
    if (offset == 0)
        ++m_id;
    m_buffer.resize(headers + size);
    std::ranges::copy(datagram.first(headers), m_buffer.begin());
    std::ranges::copy(payload.subspan(offset, size), m_buffer.begin() + headers);
    storeBe16(m_buffer.data() + EthernetHeader + 4, m_id);
    const bool isLast = offset + size == payload.size();
    const uint16_t fragment = uint16_t(offset / 8 | (isLast ? 0 : MoreFragments));
    offset += size;
    return finishIpv4(m_buffer, fragment);
}

} // namespace boxgate::net
