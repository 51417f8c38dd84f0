#pragma once

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <span>
#include <vector>

namespace boxgate::test {

using Frame = std::vector<uint8_t>;

inline std::span<uint8_t> bytesOf(Frame &frame) { return frame; }

/// An honest Ethernet frame of the guest around payload.
inline Frame ethernet(uint16_t etherType, const Frame &payload)
{
    using namespace net;
    Frame frame(wire::EthernetHeader);
    std::ranges::copy(plan::GatewayMac, frame.begin());
    std::ranges::copy(plan::GuestMac, frame.begin() + 6);
    storeBe16(frame.data() + 12, etherType);
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

/// An honest IPv4 packet of the guest.
inline Frame ipv4(uint8_t protocol, const Frame &payload, net::Ipv4 to = net::Ipv4::of(93, 184, 216, 34),
                  net::Ipv4 from = net::plan::Guest)
{
    using namespace net;
    Frame ip(wire::Ipv4Header, 0);
    ip[0] = 0x45;
    storeBe16(ip.data() + 2, uint16_t(wire::Ipv4Header + payload.size()));
    ip[8] = 64;
    ip[9] = protocol;
    storeBe32(ip.data() + 12, from.value);
    storeBe32(ip.data() + 16, to.value);
    storeBe16(ip.data() + 10, checksum(ip));
    ip.insert(ip.end(), payload.begin(), payload.end());
    return ip;
}

/// Makes the header's checksum right again after a change. offset   where the IP header begins
inline void mendIpv4(Frame &frame, size_t offset)
{
    net::storeBe16(frame.data() + offset + 10, 0);
    net::storeBe16(frame.data() + offset + 10,
                   net::checksum(std::span(frame).subspan(offset, net::wire::Ipv4Header)));
}

inline Frame tcp(uint8_t flags, const Frame &data = {}, net::Ipv4 to = net::Ipv4::of(93, 184, 216, 34),
                 uint16_t urgent = 0)
{
    using namespace net;
    Frame segment(wire::TcpHeader, 0);
    storeBe16(segment.data(), 40000);
    storeBe16(segment.data() + 2, 443);
    storeBe32(segment.data() + 4, 1000);
    segment[12] = 5 << 4;
    segment[13] = flags;
    storeBe16(segment.data() + 14, 64240);
    storeBe16(segment.data() + 18, urgent);
    segment.insert(segment.end(), data.begin(), data.end());
    storeBe16(segment.data() + 16, transportChecksum(plan::Guest, to, wire::ProtocolTcp, segment));
    return ethernet(wire::EtherTypeIpv4, ipv4(wire::ProtocolTcp, segment, to));
}

inline Frame udp(const Frame &data, uint16_t toPort = 9999, net::Ipv4 to = net::Ipv4::of(93, 184, 216, 34),
                 net::Ipv4 from = net::plan::Guest, uint16_t fromPort = 40000)
{
    using namespace net;
    Frame datagram(wire::UdpHeader, 0);
    storeBe16(datagram.data(), fromPort);
    storeBe16(datagram.data() + 2, toPort);
    storeBe16(datagram.data() + 4, uint16_t(wire::UdpHeader + data.size()));
    datagram.insert(datagram.end(), data.begin(), data.end());
    storeBe16(datagram.data() + 6, transportChecksum(from, to, wire::ProtocolUdp, datagram));
    return ethernet(wire::EtherTypeIpv4, ipv4(wire::ProtocolUdp, datagram, to, from));
}

} // namespace boxgate::test
