#pragma once

#include "net/wire/address.h"

#include <span>

namespace boxgate::net {

/// One clean IPv4 packet inside a frame's memory. Spans point into the frame; they live as long as it does.
struct Packet
{
    std::span<uint8_t> ip; ///< header and payload, without the Ethernet padding
    std::span<uint8_t> payload; ///< what follows the IP header
    Ipv4 source;
    Ipv4 destination;
    uint8_t protocol = 0;
    uint16_t sourcePort = 0; ///< TCP and UDP, not in fragments
    uint16_t destinationPort = 0;
    std::span<uint8_t> data; ///< what follows the TCP or UDP header
    uint8_t tcpFlags = 0;
    uint32_t tcpSequence = 0;
    uint32_t tcpAcknowledgment = 0;
    uint32_t frames = 1; ///< of the guest that it came in: more where segments were merged

    /// How far a TCP segment moves the sequence: its data, one for SYN and one for FIN.
    uint32_t tcpLength() const { return uint32_t(data.size()) + (tcpFlags >> 1 & 1) + (tcpFlags & 1); }
};

} // namespace boxgate::net
