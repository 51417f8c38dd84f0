#pragma once

#include "net/flow/flowtable.h"
#include "net/guestlink.h"
#include "net/policy/gate.h"
#include "net/transport/poller.h"
#include "net/wire/framebuilder.h"

namespace boxgate::net {

/// Carries the box's UDP with one connected socket per flow, so that only the other end of a flow can answer
/// it.
///
/// Datagrams are whole: fragments of the guest are put together before, and what is above the MTU is
/// fragmented on the way back. Blocked datagrams are answered with ICMP "administratively prohibited", so
/// that clients give up or fall back (QUIC) at once. Thread: net.
class UdpRelay final : public PollHandler
{
public:
    static constexpr std::chrono::seconds UnansweredLife{30};
    static constexpr std::chrono::seconds AnsweredLife{180}; ///< RFC 4787 asks for at least 120 s
    static constexpr int DatagramsPerTurn = 64; ///< of one flow, so that none starves the others

    /// capacity   how many flows at once; datagrams of further ones are dropped
    UdpRelay(Poller &poller, Gate &gate, GuestLink &link, TrafficMeter &meter, FrameBuilder &builder,
             size_t mtu, size_t capacity);
    ~UdpRelay();
    UdpRelay(const UdpRelay &) = delete;
    UdpRelay &operator=(const UdpRelay &) = delete;

    /// Takes a clean datagram of the guest.
    void fromGuest(const Packet &datagram, Flow::Clock::time_point now);

    void cutAll();
    /// Ends idle flows. About once per second.
    void tick(Flow::Clock::time_point now);

    void ready(int descriptor, uint32_t events) override;

    size_t flows() const { return m_flows.size(); }

private:
    Flow *openFlow(const Packet &datagram, const FlowKey &key, Flow::Clock::time_point now);
    void close(Flow &flow);
    bool receiveOne(Flow &flow);
    void reportUnreachable(const Flow &flow);

    Poller &m_poller;
    Gate &m_gate;
    GuestLink &m_link;
    TrafficMeter &m_meter;
    FrameBuilder &m_builder;
    const size_t m_mtu;
    FlowTable m_flows;
    std::vector<uint8_t> m_buffer; ///< headroom and one datagram
};

} // namespace boxgate::net
