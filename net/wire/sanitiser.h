#pragma once

#include "net/wire/packet.h"

namespace boxgate::net {

/// What a frame of the guest turned out to be.
enum class FrameKind
{
    Dropped,
    Arp,
    Tcp,
    Udp,
    Icmp,
    UdpFragment
};

/// Why a frame was dropped, for the counters and the explanation.
enum class DropReason
{
    None,
    TooShort, ///< the frame ends inside a header
    TooLong, ///< the packet is above the MTU
    EtherType, ///< neither IPv4 nor ARP: IPv6, VLAN, NC-SI and the rest
    ForeignMac, ///< source MAC not the guest's, or destination neither the gateway nor broadcast
    ForeignAddress, ///< source address not the guest's
    BadHeader, ///< version, options, lengths, reserved bits, TTL
    BadChecksum,
    TcpFragment,
    TcpFlags, ///< a combination that no stack sends, or data on a SYN
    Protocol ///< an IP protocol that is not carried
};

/// What is wrong, as it stands in a sentence: "the source MAC is not the box's".
std::string_view describe(DropReason reason);

struct Sanitised
{
    FrameKind kind = FrameKind::Dropped;
    DropReason reason = DropReason::None;
    Packet packet; ///< for every kind but Dropped and Arp
    std::span<uint8_t> arp; ///< for Arp: the ARP packet
};

/// Decides whether a frame is one that an honest guest could have sent, and makes it harmless for what comes
/// after: clears URG and the urgent pointer of TCP segments and mends their checksum (libslirp before 4.9.2
/// discloses memory on a forged urgent pointer). Pure; modifies the frame in place. mtu   the largest IP
/// packet the guest may send, in bytes
Sanitised sanitise(std::span<uint8_t> frame, size_t mtu);

/// The same for an IPv4 packet that has been put together from fragments: only UDP, ports and lengths
/// checked.
Sanitised sanitiseReassembled(std::span<uint8_t> ip);

} // namespace boxgate::net
