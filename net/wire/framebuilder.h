#pragma once

#include "net/wire/packet.h"

#include <vector>

namespace boxgate::net {

/// What a UDP datagram to the guest says about itself.
struct UdpEndpoints
{
    Ipv4 source;
    uint16_t sourcePort = 0;
    Ipv4 destination;
    uint16_t destinationPort = 0;
};

/// Builds frames from the gateway to the guest, in one reused buffer: a returned span lives until the next
/// call. Addresses are the gateway's MAC and the guest's MAC throughout. Pure but for the buffer and the
/// packet id.
class FrameBuilder
{
public:
    /// Room kept before a payload given in place: Ethernet, IPv4 and UDP headers.
    static constexpr size_t UdpHeadroom = 14 + 20 + 8;

    /// The answer to an ARP request that asks for address.
    std::span<const uint8_t> arpReply(std::span<const uint8_t> request);

    /// The answer to an ICMP echo request.
    std::span<const uint8_t> echoReply(const Packet &request);

    /// An ICMP destination unreachable about a packet of the guest, quoting its header and first 8 bytes.
    /// code   wire::IcmpCodePort or wire::IcmpCodeProhibited
    std::span<const uint8_t> unreachable(const Packet &about, uint8_t code);

    /// A RST that ends the connection attempt or connection the guest's segment belongs to.
    /// Source   RFC 9293, 3.10.7.1
    std::span<const uint8_t> resetFor(const Packet &segment);

    /// A RST from a remote end to the guest with a known sequence number.
    std::span<const uint8_t> resetToGuest(Ipv4 remote, uint16_t remotePort, uint16_t guestPort,
                                          uint32_t sequence, uint32_t acknowledgment);
    /// An acknowledgment from a remote end to the guest.
    std::span<const uint8_t> acknowledgmentToGuest(Ipv4 remote, uint16_t remotePort, uint16_t guestPort,
                                                   uint32_t sequence, uint32_t acknowledgment,
                                                   uint16_t window);
    /// A RST from the guest to a remote end, as the TCP stack below would see it.
    std::span<const uint8_t> resetFromGuest(uint16_t guestPort, Ipv4 remote, uint16_t remotePort,
                                            uint32_t sequence);

    /// A TCP segment from the guest to a remote end, as the TCP stack below would see it.
    struct GuestSegment
    {
        uint16_t guestPort = 0;
        Ipv4 remote;
        uint16_t remotePort = 0;
        uint32_t sequence = 0;
        uint32_t acknowledgment = 0;
        uint16_t window = 0;
        uint8_t flags = 0;
        std::span<const uint8_t> data;
    };
    std::span<uint8_t> fromGuest(const GuestSegment &segment);

    /// A datagram to the guest whose payload is in buffer at UdpHeadroom.. already; buffer holds headroom and
    /// payload. Calls send(frame) once, or once per fragment where the packet is above the MTU.
    template <typename Send>
    void udp(std::span<uint8_t> buffer, const UdpEndpoints &ends, size_t mtu, Send send)
    {
        prepareUdp(buffer, ends);
        if (buffer.size() <= mtu + 14) {
            send(std::span<const uint8_t>(finishIpv4(buffer, 0)));
            return;
        }
        for (size_t offset = 0; offset < buffer.size() - 34;)
            send(nextFragment(buffer, mtu, offset));
    }

private:
    void prepareUdp(std::span<uint8_t> buffer, const UdpEndpoints &ends);
    std::span<const uint8_t> finishIpv4(std::span<uint8_t> frame, uint16_t fragment);
    std::span<const uint8_t> nextFragment(std::span<const uint8_t> datagram, size_t mtu, size_t &offset);
    std::span<uint8_t> start(size_t ipSize, uint8_t protocol, Ipv4 source, Ipv4 destination);
    std::span<const uint8_t> tcpControl(Ipv4 source, uint16_t sourcePort, Ipv4 destination,
                                        uint16_t destinationPort, uint32_t sequence, uint32_t acknowledgment,
                                        uint8_t flags, uint16_t window = 0);

    std::vector<uint8_t> m_buffer;
    uint16_t m_id = 0;
};

} // namespace boxgate::net
