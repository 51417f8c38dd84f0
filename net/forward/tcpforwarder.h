#pragma once

#include "net/flow/flowtable.h"
#include "net/forward/tokenbucket.h"
#include "net/guestlink.h"
#include "net/policy/gate.h"
#include "net/slirp/slirpstack.h"
#include "net/wire/framebuilder.h"

namespace boxgate::net {

class DnsStreamServer;

/// Carries the box's TCP: asks the gate about each SYN, keeps a flow for each connection, and lets libslirp
/// do the rest.
///
/// A blocked SYN is answered with RST at once. Only segments of known flows and allowed SYNs reach the stack,
/// and only frames of known flows reach the guest. Port 53 of any address leads to our own name server.
/// Nothing is ever dropped for want of room. Thread: net.
class TcpForwarder final : public SlirpListener
{
public:
    static constexpr double SynRate =
        5000; ///< per second; above it a SYN is dropped, and the guest tries again
    static constexpr double SynBurst = 10000;

    /// Attempts under way. libslirp looks each segment up in a list of its connections, so a flood of SYNs to
    /// where nobody answers would slow everything down (measured: 16,000 cost 300 us per SYN, and 150 MiB).
    static constexpr size_t MaxHalfOpen = 2048;
    /// Segments out of order that the stack may hold, per connection. The wire loses nothing, so an honest
    /// guest has none; libslirp keeps each in a buffer of MTU size, however short it is, and searches them in
    /// a line.
    static constexpr uint32_t MaxHeldSegments = 256;
    static constexpr size_t MaxHeldBytes = 16 * 1024 * 1024; ///< of all connections

    /// capacity   how many connections at once
    TcpForwarder(Gate &gate, GuestLink &link, TrafficMeter &meter, FrameBuilder &builder, size_t mtu,
                 size_t capacity);

    /// Before the first packet: what was made after this object.
    void connectTo(SlirpStack &stack, DnsStreamServer &nameServer);

    /// Takes a clean segment of the guest.
    void fromGuest(std::span<uint8_t> frame, const Packet &segment, Flow::Clock::time_point now);

    /// Ends every connection on both sides at once.
    void cutAll();

    /// Forgets the connections that have ended in this turn of the loop.
    void endTurn();

    void stackSent(std::span<const uint8_t> frame) override;
    void socketOpened(int socket) override;
    void socketClosed(int socket) override;

private:
    void openFlow(std::span<uint8_t> frame, const Packet &syn, Flow *previous, Flow::Clock::time_point now);
    void reopenFlow(std::span<uint8_t> frame, const Packet &syn, Flow &flow);
    bool mayHold(const Packet &segment, Flow &flow);
    void releaseHeld(Flow &flow);
    static bool isFarewell(const Packet &segment, const Flow &flow);
    void passReset(std::span<uint8_t> frame, Flow &flow);
    void setHalfOpen(Flow &flow, bool isHalfOpen);
    void refuse(const Packet &segment);
    void toStack(std::span<uint8_t> frame, Flow &flow);
    Flow *flowOfStackFrame(const Packet &segment);
    void track(Flow &flow, const Packet &segment);
    void stopCounting(Flow &flow);
    void cut(Flow &flow);
    void resetInStack(Flow &flow);
    void announceToNameServer(const Flow &flow);

    Gate &m_gate;
    GuestLink &m_link;
    TrafficMeter &m_meter;
    FrameBuilder &m_builder;
    SlirpStack *m_stack = nullptr;
    DnsStreamServer *m_nameServer = nullptr;
    const size_t m_maxHeld; ///< segments, of all connections
    size_t m_held = 0;
    size_t m_halfOpen = 0;
    FlowTable m_flows;
    TokenBucket m_synLimit{SynRate, SynBurst};
    Flow *m_opening = nullptr; ///< the flow whose SYN is in the stack's hands
    std::vector<FlowKey> m_ended; ///< frames about them may still come in this turn
    /// Connections to our name server, by the guest's port: how the stack's frames find back to the address
    /// that was asked.
    std::unordered_map<uint16_t, FlowKey> m_nameServerFlows;
    std::vector<uint8_t> m_rewritten;
};

} // namespace boxgate::net
