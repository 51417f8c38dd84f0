#pragma once

#include <cstddef>
#include <cstdint>

/// Offsets, sizes and numbers of the headers that the engine reads and writes. Source: IEEE 802.3, RFC 826,
/// 791, 9293, 768, 792.
namespace boxgate::net::wire {

inline constexpr size_t EthernetHeader = 14;
inline constexpr uint16_t EtherTypeIpv4 = 0x0800;
inline constexpr uint16_t EtherTypeArp = 0x0806;

inline constexpr size_t ArpPacket = 28;
inline constexpr uint16_t ArpRequest = 1;
inline constexpr uint16_t ArpReply = 2;

inline constexpr size_t Ipv4Header = 20; ///< options are never accepted nor sent
inline constexpr uint8_t ProtocolIcmp = 1;
inline constexpr uint8_t ProtocolTcp = 6;
inline constexpr uint8_t ProtocolUdp = 17;
inline constexpr uint16_t FragmentReserved = 0x8000;
inline constexpr uint16_t DontFragment = 0x4000;
inline constexpr uint16_t MoreFragments = 0x2000;
inline constexpr uint16_t FragmentOffsetMask = 0x1fff; ///< in units of 8 bytes

inline constexpr size_t TcpHeader = 20;
inline constexpr uint8_t TcpFin = 0x01;
inline constexpr uint8_t TcpSyn = 0x02;
inline constexpr uint8_t TcpRst = 0x04;
inline constexpr uint8_t TcpPsh = 0x08;
inline constexpr uint8_t TcpAck = 0x10;
inline constexpr uint8_t TcpUrg = 0x20;

inline constexpr size_t UdpHeader = 8;

inline constexpr size_t IcmpHeader = 8;
inline constexpr uint8_t IcmpEchoReply = 0;
inline constexpr uint8_t IcmpUnreachable = 3;
inline constexpr uint8_t IcmpEchoRequest = 8;
inline constexpr uint8_t IcmpCodePort = 3;
inline constexpr uint8_t IcmpCodeProhibited = 13; ///< communication administratively prohibited, RFC 1812

} // namespace boxgate::net::wire
