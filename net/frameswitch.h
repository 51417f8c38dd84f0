#pragma once

#include "net/forward/tcpforwarder.h"
#include "net/forward/udprelay.h"
#include "net/services/dhcp.h"
#include "net/services/dnsservice.h"
#include "net/wire/reassembler.h"
#include "net/wire/sanitiser.h"

namespace boxgate::net {

/// Takes each frame of the guest to whoever answers it: ARP, echo, DHCP and DNS are answered here, UDP goes
/// to the relay and TCP to the forwarder. What an honest guest would not send is dropped and counted. Thread:
/// net.
class FrameSwitch
{
public:
    struct Parts
    {
        Gate &gate;
        GuestLink &link;
        TrafficMeter &meter;
        FrameBuilder &builder;
        DnsService &names;
        UdpRelay &udp;
        TcpForwarder &tcp;
    };

    FrameSwitch(const Parts &parts, DhcpSettings dhcp);

    /// frame   modified in place
    void fromGuest(std::span<uint8_t> frame, Flow::Clock::time_point now);

private:
    void handleArp(std::span<const uint8_t> request);
    void handleIcmp(const Packet &packet);
    void handleUdp(const Packet &datagram, Flow::Clock::time_point now);
    void handleFragment(const Packet &fragment, Flow::Clock::time_point now);
    void handleDhcp(const Packet &datagram);
    void handleDns(const Packet &datagram);
    void sendUdp(const UdpEndpoints &ends, std::span<const uint8_t> payload);

    Parts m_parts;
    DhcpSettings m_dhcp;
    Reassembler m_reassembler;
    std::vector<uint8_t> m_datagram;
};

} // namespace boxgate::net
