#pragma once

#include "core/base/result.h"
#include "net/flow/flowtable.h"
#include "net/flow/ledger.h"
#include "net/guestlink.h"
#include "net/policy/gate.h"
#include "net/transport/poller.h"
#include "net/wire/framebuilder.h"

namespace boxgate::net {

/// Carries the box's UDP with one connected socket per flow, so that only the other end of a flow can answer
/// it. A port map has one socket, and a flow per client.
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

    struct Parts
    {
        Poller &poller;
        Gate &gate;
        Ledger &ledger;
        GuestLink &link;
        FrameBuilder &builder;
    };

    /// capacity   how many flows at once; datagrams of further ones are dropped
    UdpRelay(const Parts &parts, size_t mtu, size_t capacity);
    ~UdpRelay();
    UdpRelay(const UdpRelay &) = delete;
    UdpRelay &operator=(const UdpRelay &) = delete;

    /// Takes a clean datagram of the guest.
    void fromGuest(const Packet &datagram, Flow::Clock::time_point now);

    void cutAll();
    /// Ends one; false when there is none with this id.
    bool cut(uint64_t id);
    /// Ends those that the gate would not let in now. Those of port maps stay.
    void cutUnwanted();

    /// Opens a port of the host for the guest's port.
    /// Returns  the port of the host. Errors   of bind(): see portError()
    Result<uint16_t> openPort(const PortMap &map);
    /// Closes it and ends its flows.
    void closePort(const PortMap &map);

    /// Ends idle flows. About once per second.
    void tick(Flow::Clock::time_point now);

    void ready(int descriptor, uint32_t events) override;

    FlowTable &flows() { return m_flows; }

private:
    struct Listener
    {
        int descriptor = -1;
        PortMap map;
    };

    Flow *openFlow(const Packet &datagram, const FlowKey &key, Flow::Clock::time_point now);
    void close(Flow &flow);
    ssize_t sendFrom(Flow &flow, std::span<const uint8_t> data);
    bool receiveOne(Flow &flow);
    bool acceptOne(const Listener &listener);
    Flow *clientFlow(const Listener &listener, Ipv4 client, uint16_t port);
    void toGuest(Flow &flow, size_t size);
    void block(const Packet &datagram, Reason reason);
    void reportUnreachable(const Flow &flow);

    Poller &m_poller;
    Gate &m_gate;
    Ledger &m_ledger;
    GuestLink &m_link;
    FrameBuilder &m_builder;
    const size_t m_mtu;
    FlowTable m_flows;
    std::vector<Listener> m_listeners;
    std::vector<uint8_t> m_buffer; ///< headroom and one datagram
};

} // namespace boxgate::net
