#include "net/forward/tcpforwarder.h"

#include "net/addressplan.h"
#include "net/forward/closing.h"
#include "net/services/dnsstreamserver.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr size_t SegmentOverhead = 256; ///< of a buffer in the stack: its header and room for ours
constexpr size_t IpAt = EthernetHeader;
constexpr size_t TcpAt = EthernetHeader + Ipv4Header;

/// What every frame to the guest begins with.
constexpr std::array<uint8_t, EthernetHeader> GuestEthernetHeader = [] {
    std::array<uint8_t, EthernetHeader> header{};
    std::ranges::copy(plan::GuestMac, header.begin());
    std::ranges::copy(plan::GatewayMac, header.begin() + 6);
    header[12] = EtherTypeIpv4 >> 8;
    header[13] = EtherTypeIpv4 & 255;
    return header;
}();

FlowKey keyOf(const Packet &segment)
{
    return {Transport::Tcp, segment.sourcePort, segment.destination, segment.destinationPort};
}

/// Rewrites one 16-bit word that the TCP checksum covers.
void rewriteWord(std::span<uint8_t> frame, size_t at, uint16_t value)
{
    uint8_t *const sum = frame.data() + TcpAt + 16;
    storeBe16(sum, adjustChecksum(loadBe16(sum), loadBe16(frame.data() + at), value));
    storeBe16(frame.data() + at, value);
}

/// Rewrites an address and a port of a TCP frame, and mends both checksums.
void rewriteEndpoint(std::span<uint8_t> frame, size_t addressAt, size_t portAt, Ipv4 address, uint16_t port)
{
    rewriteWord(frame, addressAt, uint16_t(address.value >> 16));
    rewriteWord(frame, addressAt + 2, uint16_t(address.value));
    rewriteWord(frame, portAt, port);
    uint8_t *const sum = frame.data() + IpAt + 10;
    storeBe16(sum, 0);
    storeBe16(sum, checksum(frame.subspan(IpAt, Ipv4Header)));
}

/// Reads a segment of our own stack, which is trusted to be well formed but checked for its size.
std::optional<Packet> parseStackSegment(std::span<const uint8_t> frame)
{
    if (frame.size() < TcpAt + TcpHeader || loadBe16(frame.data() + 12) != EtherTypeIpv4
        || frame[IpAt + 9] != ProtocolTcp)
        return std::nullopt;
    const size_t dataAt = TcpAt + size_t(frame[TcpAt + 12] >> 4) * 4;
    const size_t end = IpAt + loadBe16(frame.data() + IpAt + 2);
    if (end > frame.size() || dataAt > end)
        return std::nullopt;
    Packet packet;
    packet.source.value = loadBe32(frame.data() + IpAt + 12);
    packet.destination.value = loadBe32(frame.data() + IpAt + 16);
    packet.sourcePort = loadBe16(frame.data() + TcpAt);
    packet.destinationPort = loadBe16(frame.data() + TcpAt + 2);
    packet.tcpSequence = loadBe32(frame.data() + TcpAt + 4);
    packet.tcpAcknowledgment = loadBe32(frame.data() + TcpAt + 8);
    packet.tcpFlags = frame[TcpAt + 13];
    // only its size is looked at
    packet.data = {const_cast<uint8_t *>(frame.data()) + dataAt, end - dataAt};
    return packet;
}

bool isAfter(uint32_t sequence, uint32_t other) { return int32_t(sequence - other) > 0; }

} // namespace

TcpForwarder::TcpForwarder(Gate &gate, GuestLink &link, TrafficMeter &meter, FrameBuilder &builder,
                           size_t mtu, size_t capacity)
    : m_gate(gate)
    , m_link(link)
    , m_meter(meter)
    , m_builder(builder)
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
    Flow *const flow = m_flows.find(keyOf(segment));
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
    if (isSyn && !isAttempt) { // the guest answers no SYN here: it has asked for this connection itself
        m_meter.blocked();
        return;
    }
    flow->countSent(frame.size(), now);
    if (isAttempt) {
        reopenFlow(frame, segment, *flow);
        return;
    }
    if (!mayHold(segment, *flow)) {
        m_meter.blocked();
        return;
    }
    const uint32_t next = segment.tcpSequence + segment.tcpLength();
    if (isAfter(next, flow->guestNext))
        flow->guestNext = next;
    if (segment.tcpFlags & TcpFin)
        flow->guestFinished = true;
    if (flow->isOver()) // a reset is the stack's to believe: it closes the socket then
        stopCounting(*flow);
    if (isFarewell(segment, *flow) && !hasSentEnd(flow->socket))
        return; // the stack would close the socket, and lose what it still holds for the host
    if ((segment.tcpFlags & TcpRst) && !flow->isOver())
        passReset(frame, *flow);
    else
        toStack(frame, *flow);
    // The stack would wait for ten seconds (TIME_WAIT) for segments that come late. There are none on this
    // wire, and libslirp looks through all of its connections on every turn.
    if (flow->socket >= 0 && isFarewell(segment, *flow) && hasSentEnd(flow->socket))
        resetInStack(*flow);
}

/// Whether a segment says nothing more than that the guest is done with a connection that both ends have
/// closed: it acknowledges the other's end, or is the reset of a socket that has gone already.
bool TcpForwarder::isFarewell(const Packet &segment, const Flow &flow)
{
    const bool isLast = (segment.tcpFlags & TcpRst) || segment.tcpAcknowledgment == flow.remoteNext;
    return flow.isOver() && flow.stackNext == flow.guestNext && isLast;
}

/// The other end is to see a reset too. Whether it is a valid one is for the stack to say.
void TcpForwarder::passReset(std::span<uint8_t> frame, Flow &flow)
{
    closeWithReset(flow.socket);
    toStack(frame, flow);
    if (flow.socket >= 0)
        closeInOrder(flow.socket);
}

/// A SYN on a connection that goes on: most often the first one again. Where the stack takes it for a new
/// attempt, the new socket is this flow's and the gate has agreed to it.
void TcpForwarder::reopenFlow(std::span<uint8_t> frame, const Packet &syn, Flow &flow)
{
    const bool isAllowed =
        flow.isNameService || m_gate.judge({Transport::Tcp, flow.key.remote, flow.key.remotePort}).isAllowed;
    if (!isAllowed || !m_synLimit.take(flow.lastActivity)) {
        m_meter.blocked();
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
        releaseHeld(flow);
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

void TcpForwarder::refuse(const Packet &segment)
{
    m_meter.blocked();
    m_link.sendOrDrop(m_builder.resetFor(segment));
}

void TcpForwarder::openFlow(std::span<uint8_t> frame, const Packet &syn, Flow *previous,
                            Flow::Clock::time_point now)
{
    if (m_halfOpen >= MaxHalfOpen || !m_synLimit.take(now)) { // the guest tries again
        m_meter.blocked();
        return;
    }
    const FlowKey key = keyOf(syn);
    const bool isNameService = key.remotePort == plan::DnsPort && m_gate.policy().mode() != Mode::Off;
    const bool isOurListener = key.remote == plan::HostAlias && key.remotePort == m_nameServer->port();
    Verdict verdict{true, Reason::OpenMode};
    if (!isNameService)
        verdict = m_gate.judge({Transport::Tcp, key.remote, key.remotePort});
    const bool isPortTaken = isNameService && !previous && m_nameServerFlows.contains(key.guestPort);
    if (!verdict.isAllowed || isOurListener || isPortTaken || (!previous && m_flows.isFull())) {
        refuse(syn);
        return;
    }
    // A connection that is over may linger in the stack (TIME_WAIT); its key begins anew.
    Flow *const flow = previous ? previous : m_flows.add(key, verdict, now);
    flow->verdict = verdict;
    flow->isEstablished = flow->guestFinished = flow->remoteFinished = false;
    flow->isNameService = isNameService;
    flow->guestNext = flow->stackNext = syn.tcpSequence + 1;
    releaseHeld(*flow);
    flow->remoteNext = 0;
    flow->countSent(frame.size(), now);
    if (isNameService)
        m_nameServerFlows[key.guestPort] = key;
    m_opening = flow;
    toStack(frame, *flow);
    m_opening = nullptr;
    setHalfOpen(*flow, flow->socket >= 0 && !flow->isEstablished);
    if (flow->socket < 0)
        m_ended.push_back(key); // the host refused at once, or has no socket left
    else if (isNameService)
        announceToNameServer(*flow);
}

void TcpForwarder::announceToNameServer(const Flow &flow)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(flow.socket, reinterpret_cast<sockaddr *>(&address), &size) == 0)
        m_nameServer->expect(ntohs(address.sin_port));
}

void TcpForwarder::toStack(std::span<uint8_t> frame, Flow &flow)
{
    if (flow.isNameService)
        rewriteEndpoint(frame, IpAt + 16, TcpAt + 2, plan::HostAlias, m_nameServer->port());
    m_stack->input(frame);
}

void TcpForwarder::socketOpened(int socket)
{
    if (m_opening)
        m_flows.setSocket(*m_opening, socket);
}

void TcpForwarder::socketClosed(int socket)
{
    Flow *const flow = m_flows.findBySocket(socket);
    if (!flow)
        return;
    m_flows.setSocket(*flow, -1);
    if (flow == m_opening)
        return; // its predecessor's socket, or an attempt that failed at once: openFlow() sees to it
    m_ended.push_back(flow->key); // the stack may still send a RST about it
}

Flow *TcpForwarder::flowOfStackFrame(const Packet &segment)
{
    if (segment.source == plan::HostAlias && segment.sourcePort == m_nameServer->port()) {
        const auto found = m_nameServerFlows.find(segment.destinationPort);
        return found == m_nameServerFlows.end() ? nullptr : m_flows.find(found->second);
    }
    return m_flows.find({Transport::Tcp, segment.destinationPort, segment.source, segment.sourcePort});
}

void TcpForwarder::stackSent(std::span<const uint8_t> frame)
{
    const auto segment = parseStackSegment(frame);
    if (!segment) {
        // An ICMP error about an attempt that failed at once. It quotes the packet as the stack saw it.
        const bool isError = m_opening && !m_opening->isNameService && frame.size() > TcpAt
            && loadBe16(frame.data() + 12) == EtherTypeIpv4 && frame[IpAt + 9] == ProtocolIcmp;
        if (isError)
            m_link.send(GuestEthernetHeader, frame.subspan(EthernetHeader));
        return;
    }
    Flow *const flow = flowOfStackFrame(*segment);
    if (!flow)
        return;
    track(*flow, *segment);
    if (!flow->isNameService) {
        m_link.send(GuestEthernetHeader, frame.subspan(EthernetHeader));
        return;
    }
    m_rewritten.assign(frame.begin(), frame.end());
    rewriteEndpoint(m_rewritten, IpAt + 12, TcpAt, flow->key.remote, flow->key.remotePort);
    m_link.send(GuestEthernetHeader, std::span<const uint8_t>(m_rewritten).subspan(EthernetHeader));
}

/// Notes what the stack tells the guest.
void TcpForwarder::track(Flow &flow, const Packet &segment)
{
    flow.countReceived(EthernetHeader + Ipv4Header + TcpHeader + segment.data.size(), flow.lastActivity);
    const uint32_t next = segment.tcpSequence + segment.tcpLength();
    if (flow.remoteNext == 0 || isAfter(next, flow.remoteNext))
        flow.remoteNext = next;
    if ((segment.tcpFlags & TcpAck) && isAfter(segment.tcpAcknowledgment, flow.stackNext)) {
        flow.stackNext = segment.tcpAcknowledgment;
        releaseHeld(flow);
    }
    if ((segment.tcpFlags & TcpSyn) && !flow.isEstablished) {
        flow.isEstablished = true;
        setHalfOpen(flow, false);
        if (!flow.isNameService) {
            flow.isCounted = true;
            m_meter.tcpEstablished();
        }
    }
    if (segment.tcpFlags & TcpFin)
        flow.remoteFinished = true;
    if ((segment.tcpFlags & TcpRst) || flow.isOver())
        stopCounting(flow);
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

void TcpForwarder::cut(Flow &flow)
{
    const FlowKey key = flow.key;
    m_link.send(
        m_builder.resetToGuest(key.remote, key.remotePort, key.guestPort, flow.remoteNext, flow.guestNext));
    if (flow.socket < 0)
        return;
    closeWithReset(flow.socket); // no orderly end of a half-sent file
    resetInStack(flow);
    if (flow.socket >= 0) // still connecting: the stack looks at no segments then
        ::shutdown(flow.socket, SHUT_RDWR);
}

/// A reset in the guest's name.
void TcpForwarder::resetInStack(Flow &flow)
{
    const Ipv4 remote = flow.isNameService ? plan::HostAlias : flow.key.remote;
    const uint16_t port = flow.isNameService ? m_nameServer->port() : flow.key.remotePort;
    m_stack->input(m_builder.resetFromGuest(flow.key.guestPort, remote, port, flow.guestNext));
}

void TcpForwarder::endTurn()
{
    for (const FlowKey &key : m_ended) {
        Flow *const flow = m_flows.find(key);
        if (!flow || flow->socket >= 0)
            continue; // its key has begun anew
        stopCounting(*flow);
        releaseHeld(*flow);
        setHalfOpen(*flow, false);
        if (flow->isNameService)
            m_nameServerFlows.erase(key.guestPort);
        else if (!flow->isEstablished)
            m_meter.tcpFailed();
        m_flows.remove(*flow);
    }
    m_ended.clear();
}

} // namespace boxgate::net
