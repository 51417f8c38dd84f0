#pragma once

#include "net/forward/tcpforwarder.h"
#include "net/forward/udprelay.h"
#include "net/services/dhcp.h"
#include "net/services/dnsservice.h"
#include "net/wire/reassembler.h"
#include "net/wire/sanitiser.h"
#include "net/wire/segmentmerger.h"

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
        Ledger &ledger;
        GuestLink &link;
        TrafficMeter &meter;
        FrameBuilder &builder;
        DnsService &names;
        UdpRelay &udp;
        TcpForwarder &tcp;
    };

    FrameSwitch(const Parts &parts, DhcpSettings dhcp);

    /// frame   modified in place, and not to be touched before endBatch()
    void fromGuest(std::span<uint8_t> frame, Flow::Clock::time_point now);
    /// Lets go what was held back to be merged with what follows. After the last frame that is there.
    void endBatch(Flow::Clock::time_point now);

    /// capture   sees each frame of the guest, with the verdict on it; null: none
    void setCapture(FrameCapture *capture) { m_capture = capture; }

private:
    void decide(std::span<uint8_t> frame, Flow::Clock::time_point now);
    void drop(std::span<const uint8_t> frame, DropReason reason);
    void block(const Packet &packet, Transport transport, Reason reason);
    void handleArp(std::span<const uint8_t> request);
    void handleIcmp(const Packet &packet);
    void handleTcp(std::span<uint8_t> frame, const Packet &segment, Flow::Clock::time_point now);
    void handleUdp(const Packet &datagram, Flow::Clock::time_point now);
    void handleFragment(const Packet &fragment, Flow::Clock::time_point now);
    void handleDhcp(const Packet &datagram);
    void handleDns(const Packet &datagram);
    void sendUdp(const UdpEndpoints &ends, std::span<const uint8_t> payload);

    Parts m_parts;
    DhcpSettings m_dhcp;
    Reassembler m_reassembler;
    SegmentMerger m_merger;
    std::vector<uint8_t> m_datagram;
    FrameCapture *m_capture = nullptr;
    std::vector<uint8_t> m_captured; ///< the frame before anybody changes it
};

} // namespace boxgate::net
