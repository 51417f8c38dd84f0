#include "net/forward/tcpforwarder.h"

#include "net/addressplan.h"
#include "net/forward/tcpsegment.h"
#include "net/services/dnsstreamserver.h"
#include "net/wire/byteorder.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr size_t SegmentOverhead = 256; ///< of a buffer in the stack: its header and room for ours

Endpoint endpointOf(const FlowKey &key) { return {Transport::Tcp, key.remote, key.remotePort}; }

enum class Linger
{
    Orderly, ///< close() sends what is left, then FIN
    Reset ///< close() throws away what is left and sends RST
};

void setLinger(int socket, Linger how)
{
    const linger value{how == Linger::Reset ? 1 : 0, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

} // namespace

TcpForwarder::TcpForwarder(const Parts &parts, size_t mtu, size_t capacity)
    : m_gate(parts.gate)
    , m_ledger(parts.ledger)
    , m_link(parts.link)
    , m_meter(parts.meter)
    , m_builder(parts.builder)
    , m_mtu(mtu)
    , m_maxHeld(MaxHeldBytes / (mtu + SegmentOverhead))
    , m_flows(capacity)
{ }

void TcpForwarder::connectTo(SlirpStack &stack, DnsStreamServer &nameServer)
{
    m_stack = &stack;
    m_nameServer = &nameServer;
}

void TcpForwarder::fromGuest(std::span<uint8_t> frame, const Packet &segment, Flow::Clock::time_point now)
{
    Flow *const flow = m_flows.find(keyOfGuestSegment(segment));
    const bool isSyn = segment.tcpFlags & TcpSyn;
    const bool isAttempt = isSyn && !(segment.tcpFlags & TcpAck);
    if (isAttempt && (!flow || flow->isOver())) {
        openFlow(frame, segment, flow, now);
        return;
    }
    if (!flow || flow->socket < 0) {
        if (!(segment.tcpFlags & TcpRst))
            m_link.sendOrDrop(m_builder.resetFor(segment));
        return;
    }
    const bool isInbound = flow->direction == Direction::Inbound;
    if (isSyn && isAttempt == isInbound) { // whoever was asked for the connection asks for none itself
        block(segment, Reason::BadFrame);
        return;
    }
    flow->countSent(frame.size(), now);
    if (isAttempt)
        reopenFlow(frame, segment, *flow);
    else if (segment.tcpFlags & TcpRst)
        reset(frame, *flow);
    else if (!flow->held || mayPass(segment, *flow, now))
        deliver(frame, segment, *flow);
}

void TcpForwarder::deliver(std::span<uint8_t> frame, const Packet &segment, Flow &flow)
{
    if (mayHold(segment, flow))
        pass(frame, segment, flow);
    else
        block(segment, Reason::TooMany);
}

void TcpForwarder::pass(std::span<uint8_t> frame, const Packet &segment, Flow &flow)
{
    const uint32_t next = segment.tcpSequence + segment.tcpLength();
    const bool isAnswer =
        (segment.tcpFlags & TcpSyn) && !flow.isEstablished; // of the guest, to a port map's client
    if (flow.guestEnd && isAfter(next, *flow.guestEnd)) { // a FIN that was none, to look over
        block(segment, Reason::BadFrame);
        cut(flow);
        return;
    }
    if (isAfter(next, flow.guestNext) || isAnswer)
        flow.guestNext = next;
    if (segment.tcpFlags & TcpFin)
        flow.guestEnd = next;
    if (!segment.data.empty() && !flow.hasSpoken) {
        flow.hasSpoken = true;
        if (flow.destination && flow.direction == Direction::Outbound) {
            if (const auto named = nameIn(segment.data))
                m_ledger.rename(flow, named->first, named->second);
        }
    }
    if (isAnswer)
        established(flow);
    if (flow.isOver()) // a reset is the stack's to believe: it closes the socket then
        stopCounting(flow);
    toStack(frame, flow);
}

/// The guest resets a connection: the other end is to see a reset as well, where the stack believes it. Where
/// it does not, the connection goes on, and what is held stays so.
void TcpForwarder::reset(std::span<uint8_t> frame, Flow &flow)
{
    const int socket = flow.socket;
    setLinger(socket, Linger::Reset);
    toStack(frame, flow);
    if (flow.socket == socket)
        setLinger(socket, Linger::Orderly);
}

/// A SYN on a connection that goes on: most often the first one again. Where the stack takes it for a new
/// attempt, the new socket is this flow's and the gate has agreed to it.
void TcpForwarder::reopenFlow(std::span<uint8_t> frame, const Packet &syn, Flow &flow)
{
    const Verdict verdict = flow.isNameService ? flow.verdict : m_gate.judge(endpointOf(flow.key));
    if (!verdict.isAllowed || !m_synLimit.take(flow.lastActivity)) {
        block(syn, verdict.isAllowed ? Reason::TooMany : verdict.reason);
        return;
    }
    const int before = flow.socket;
    m_opening = &flow;
    toStack(frame, flow);
    m_opening = nullptr;
    if (flow.socket < 0) {
        m_ended.push_back(flow.key);
    } else if (flow.socket != before) {
        flow.guestNext = flow.stackNext = syn.tcpSequence + 1;
        flow.guestEnd.reset();
        releaseHeld(flow);
        forgetHello(flow);
        flow.hasSpoken = false;
        if (verdict.reason == Reason::NameRule)
            flow.held = std::make_unique<HeldHello>(flow.guestNext);
        if (flow.isNameService)
            announceToNameServer(flow);
    }
}

/// Whether a segment of the guest may be added to those that the stack holds until the gap before them is
/// filled.
bool TcpForwarder::mayHold(const Packet &segment, Flow &flow)
{
    if (segment.data.empty() || !isAfter(segment.tcpSequence, flow.stackNext))
        return true;
    if (flow.heldSegments >= MaxHeldSegments || m_held >= m_maxHeld)
        return false;
    ++flow.heldSegments;
    ++m_held;
    return true;
}

void TcpForwarder::releaseHeld(Flow &flow) { m_held -= std::exchange(flow.heldSegments, 0); }

void TcpForwarder::block(const Packet &segment, Reason reason)
{
    const bool isBad = reason == Reason::BadFrame;
    m_ledger.blocked({Transport::Tcp, segment.destination, segment.destinationPort, reason},
                     isBad ? "a SYN or data that fits no connection" : "");
}

void TcpForwarder::refuse(const Packet &segment, Reason reason)
{
    block(segment, reason);
    m_link.sendOrDrop(m_builder.resetFor(segment));
}

void TcpForwarder::openFlow(std::span<uint8_t> frame, const Packet &syn, Flow *previous,
                            Flow::Clock::time_point now)
{
    if (m_halfOpen >= MaxHalfOpen || !m_synLimit.take(now)) { // the guest tries again
        block(syn, Reason::TooMany);
        return;
    }
    const FlowKey key = keyOfGuestSegment(syn);
    const bool isNameService = key.remotePort == plan::DnsPort && m_gate.policy().mode() != Mode::Off;
    const bool isOurListener = key.remote == plan::HostAlias && key.remotePort == m_nameServer->port();
    Verdict verdict{true, Reason::OpenMode};
    if (!isNameService)
        verdict = m_gate.judge(endpointOf(key));
    if (isOurListener)
        verdict = {false, Reason::HostAliasClosed};
    const bool isPortTaken = isNameService && !previous && m_nameServerFlows.contains(key.guestPort);
    if (!verdict.isAllowed || isPortTaken || (!previous && m_flows.isFull())) {
        refuse(syn, verdict.isAllowed ? Reason::TooMany : verdict.reason);
        return;
    }
    // A connection that is over may linger in the stack (TIME_WAIT); its key begins anew.
    if (previous)
        m_ledger.end(*previous);
    Flow *const flow = previous ? previous : m_flows.add(key, verdict, now);
    flow->verdict = verdict;
    flow->direction = Direction::Outbound;
    flow->isEstablished = flow->guestFinished = flow->remoteFinished = flow->hasSpoken = false;
    flow->isNameService = isNameService;
    const int socketBefore = flow->socket;
    const uint32_t stackBefore = flow->stackNext;
    flow->guestNext = flow->stackNext = syn.tcpSequence + 1;
    flow->guestEnd.reset();
    releaseHeld(*flow);
    forgetHello(*flow);
    flow->remoteNext = 0;
    flow->firstActivity = now;
    if (isNameService)
        m_nameServerFlows[key.guestPort] = key;
    else
        m_ledger.begin(*flow);
    flow->countSent(frame.size(), now);
    if (verdict.reason == Reason::NameRule)
        flow->held = std::make_unique<HeldHello>(flow->guestNext);
    m_opening = flow;
    toStack(frame, *flow);
    m_opening = nullptr;
    if (previous && socketBefore >= 0 && flow->socket == socketBefore)
        flow->stackNext = stackBefore; // the stack has not begun anew
    setHalfOpen(*flow, flow->socket >= 0 && !flow->isEstablished);
    if (flow->socket < 0)
        m_ended.push_back(key); // the host refused at once, or has no socket left
    else if (isNameService)
        announceToNameServer(*flow);
}

void TcpForwarder::announceToNameServer(const Flow &flow)
{
    if (const uint16_t port = localPort(flow.socket))
        m_nameServer->expect(port);
}

void TcpForwarder::toStack(std::span<uint8_t> frame, Flow &flow)
{
    if (flow.isNameService)
        rewriteEndpoint(frame, IpAt + 16, TcpAt + 2, plan::HostAlias, m_nameServer->port());
    m_stack->input(frame);
}

void TcpForwarder::setHalfOpen(Flow &flow, bool isHalfOpen)
{
    if (flow.isHalfOpen != isHalfOpen)
        m_halfOpen += isHalfOpen ? 1 : size_t(-1);
    flow.isHalfOpen = isHalfOpen;
}

void TcpForwarder::stopCounting(Flow &flow)
{
    if (flow.isCounted)
        m_meter.tcpClosed();
    flow.isCounted = false;
}

void TcpForwarder::cutAll()
{
    m_flows.forEach([this](Flow &flow) { cut(flow); });
    endTurn();
}

bool TcpForwarder::cut(uint64_t id)
{
    bool isFound = false;
    m_flows.forEach([&](Flow &flow) {
        if (flow.id != id || !flow.destination)
            return;
        isFound = true;
        cut(flow);
    });
    endTurn();
    return isFound;
}

void TcpForwarder::cutUnwanted()
{
    m_flows.forEach([this](Flow &flow) {
        if (flow.isNameService || flow.direction == Direction::Inbound)
            return;
        const bool isByHello = flow.nameSource == NameSource::Sni || flow.nameSource == NameSource::Host;
        Verdict verdict = m_gate.judge(endpointOf(flow.key));
        if (verdict.reason == Reason::NameRule && isByHello)
            verdict = m_gate.judgeHello(endpointOf(flow.key), flow.name);
        if (!verdict.isAllowed)
            cut(flow);
    });
    endTurn();
}

void TcpForwarder::cutInbound(const PortMap &map)
{
    m_flows.forEach([&](Flow &flow) {
        const bool isIts = flow.hostPort == map.hostPort && flow.key.guestPort == map.guestPort;
        if (flow.direction == Direction::Inbound && isIts)
            cut(flow);
    });
    endTurn();
}

void TcpForwarder::cut(Flow &flow)
{
    const FlowKey key = flow.key;
    m_link.send(
        m_builder.resetToGuest(key.remote, key.remotePort, key.guestPort, flow.remoteNext, flow.guestNext));
    if (flow.socket < 0)
        return;
    // The other end is to see a reset as well, not an orderly end of a half-sent file.
    setLinger(flow.socket, Linger::Reset);
    const Ipv4 stackRemote = flow.isNameService ? plan::HostAlias : key.remote;
    const uint16_t stackPort = flow.isNameService ? m_nameServer->port() : key.remotePort;
    // What the guest has said may be far from what the stack believes.
    m_stack->input(m_builder.resetFromGuest(key.guestPort, stackRemote, stackPort, flow.stackNext));
    if (flow.socket >= 0) // still connecting: the stack looks at no segments then
        ::shutdown(flow.socket, SHUT_RDWR);
}

void TcpForwarder::endTurn()
{
    for (const FlowKey &key : m_ended) {
        Flow *const flow = m_flows.find(key);
        if (!flow || flow->socket >= 0)
            continue; // its key has begun anew
        stopCounting(*flow);
        releaseHeld(*flow);
        forgetHello(*flow);
        setHalfOpen(*flow, false);
        if (flow->isNameService)
            m_nameServerFlows.erase(key.guestPort);
        else if (!flow->isEstablished)
            m_meter.tcpFailed();
        m_ledger.end(*flow);
        m_flows.remove(*flow);
    }
    m_ended.clear();
}

} // namespace boxgate::net
