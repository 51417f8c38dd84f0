#pragma once

#include "net/flow/flowtable.h"
#include "net/flow/ledger.h"
#include "net/forward/heldhello.h"
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
/// and only frames of known flows reach the guest. What a name rule let in is held until its first bytes have
/// told whom it is for. Port 53 of any address leads to our own name server. Nothing is ever dropped for want
/// of room. Thread: net.
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
    static constexpr size_t MaxHelloBytes = 16 * 1024 * 1024; ///< first bytes held, of all connections

    struct Parts
    {
        Gate &gate;
        Ledger &ledger;
        GuestLink &link;
        TrafficMeter &meter;
        FrameBuilder &builder;
    };

    /// capacity   how many connections at once
    TcpForwarder(const Parts &parts, size_t mtu, size_t capacity);

    /// Before the first packet: what was made after this object.
    void connectTo(SlirpStack &stack, DnsStreamServer &nameServer);

    /// Takes a clean segment of the guest.
    void fromGuest(std::span<uint8_t> frame, const Packet &segment, Flow::Clock::time_point now);

    /// Ends every connection on both sides at once.
    void cutAll();
    /// Ends one on both sides; false when there is none with this id.
    bool cut(uint64_t id);
    /// Ends those that the gate would not let in now. Those of port maps stay.
    void cutUnwanted();
    /// Ends those that came through a port map.
    void cutInbound(const PortMap &map);

    /// Forgets the connections that have ended in this turn of the loop.
    void endTurn();
    /// About once per second.
    void tick(Flow::Clock::time_point now);

    FlowTable &flows() { return m_flows; }

    void stackSent(std::span<const uint8_t> frame) override;
    void socketOpened(int socket) override;
    void socketClosed(int socket) override;

private:
    void openFlow(std::span<uint8_t> frame, const Packet &syn, Flow *previous, Flow::Clock::time_point now);
    void reopenFlow(std::span<uint8_t> frame, const Packet &syn, Flow &flow);
    Flow *acceptFlow(const Packet &syn);
    void deliver(std::span<uint8_t> frame, const Packet &segment, Flow &flow);
    void pass(std::span<uint8_t> frame, const Packet &segment, Flow &flow);

    bool mayPass(const Packet &segment, Flow &flow, Flow::Clock::time_point now);
    void settleHello(Flow &flow, FirstBytes::Finding finding);
    void acknowledgeHello(const Flow &flow);
    void releaseHello(Flow &flow);
    void forgetIfTaken(Flow &flow);
    void forgetHello(Flow &flow);
    void refuseHello(Flow &flow, Reason reason, const std::string &name);

    bool mayHold(const Packet &segment, Flow &flow);
    void releaseHeld(Flow &flow);
    static bool isFarewell(const Packet &segment, const Flow &flow);
    void passReset(std::span<uint8_t> frame, const Packet &segment, Flow &flow);
    void setHalfOpen(Flow &flow, bool isHalfOpen);
    void block(const Packet &segment, Reason reason);
    void refuse(const Packet &segment, Reason reason);
    void toStack(std::span<uint8_t> frame, Flow &flow);
    Flow *flowOfStackFrame(const Packet &segment);
    void track(Flow &flow, const Packet &segment);
    void established(Flow &flow);
    void stopCounting(Flow &flow);
    void cut(Flow &flow);
    void resetInStack(Flow &flow);
    void announceToNameServer(const Flow &flow);

    Gate &m_gate;
    Ledger &m_ledger;
    GuestLink &m_link;
    TrafficMeter &m_meter;
    FrameBuilder &m_builder;
    SlirpStack *m_stack = nullptr;
    DnsStreamServer *m_nameServer = nullptr;
    const size_t m_mtu;
    const size_t m_maxHeld; ///< segments, of all connections
    size_t m_held = 0;
    size_t m_helloBytes = 0;
    size_t m_halfOpen = 0;
    FlowTable m_flows;
    TokenBucket m_synLimit{SynRate, SynBurst};
    Flow *m_opening = nullptr; ///< the flow whose SYN is in the stack's hands
    int m_accepted = -1; ///< the socket of a port map's client whose SYN the stack is about to send
    std::vector<FlowKey> m_ended; ///< frames about them may still come in this turn
    /// Connections to our name server, by the guest's port: how the stack's frames find back to the address
    /// that was asked.
    std::unordered_map<uint16_t, FlowKey> m_nameServerFlows;
    std::vector<uint8_t> m_rewritten;
};

} // namespace boxgate::net
