#include "net/forward/tcpforwarder.h"

#include "net/addressplan.h"
#include "net/forward/closing.h"
#include "net/forward/tcpsegment.h"
#include "net/services/dnsstreamserver.h"
#include "net/wire/byteorder.h"

namespace boxgate::net {

using namespace wire;

namespace {

constexpr size_t SegmentOverhead = 256; ///< of a buffer in the stack: its header and room for ours

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
    flow->countSent(wireBytes(segment), now, segment.frames);
    if (isAttempt)
        reopenFlow(frame, segment, *flow);
    else if (segment.tcpFlags & TcpRst)
        passReset(frame, segment, *flow);
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
    if (flow.isOver())
        stopCounting(flow);
    if (isFarewell(segment, flow) && !hasSentEnd(flow.socket))
        return; // the stack would close the socket, and lose what it still holds for the host
    toStack(frame, flow);
    // The stack would wait for ten seconds (TIME_WAIT) for segments that come late. There are none on this
    // wire, and libslirp looks through all of its connections on every turn.
    if (flow.socket >= 0 && isFarewell(segment, flow) && hasSentEnd(flow.socket))
        resetInStack(flow);
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
    flow.heldSegments += segment.frames;
    m_held += segment.frames;
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
    m_ledger.finish(flow);
}

} // namespace boxgate::net
