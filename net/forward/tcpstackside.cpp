/// The forwarder's other side: what the TCP stack says to the guest, and the connections that come in through
/// port maps. Declared in tcpforwarder.h.
#include "net/addressplan.h"
#include "net/forward/tcpforwarder.h"
#include "net/forward/tcpsegment.h"
#include "net/services/dnsstreamserver.h"
#include "net/wire/byteorder.h"

namespace boxgate::net {

using namespace wire;

void TcpForwarder::socketOpened(int socket)
{
    if (m_opening)
        m_flows.setSocket(*m_opening, socket);
    else
        m_accepted = socket;
}

void TcpForwarder::socketClosed(int socket)
{
    if (socket == m_accepted)
        m_accepted = -1;
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
    Flow *const flow =
        m_flows.find({Transport::Tcp, segment.destinationPort, segment.source, segment.sourcePort});
    const bool isAttempt = (segment.tcpFlags & (TcpSyn | TcpAck)) == TcpSyn;
    return isAttempt && m_accepted >= 0 && (!flow || flow->isOver()) ? acceptFlow(segment) : flow;
}

/// A client has come in through a port map, and the stack asks the guest for the connection.
Flow *TcpForwarder::acceptFlow(const Packet &syn)
{
    const int socket = std::exchange(m_accepted, -1);
    const FlowKey key{Transport::Tcp, syn.destinationPort, syn.source, syn.sourcePort};
    if (Flow *const previous = m_flows.find(key)) {
        if (previous->socket >= 0)
            return nullptr; // the other end has the same address and port as one that the box talks to
        m_ledger.end(*previous);
        m_flows.remove(*previous);
    }
    const Flow::Clock::time_point now = Flow::Clock::now();
    Flow *const flow = m_flows.add(key, {true, Reason::PortMap}, now);
    if (!flow)
        return nullptr; // full; the stack gives up after a while
    flow->direction = Direction::Inbound;
    flow->hostPort = localPort(socket);
    m_flows.setSocket(*flow, socket);
    m_ledger.begin(*flow);
    return flow;
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
    const bool isFirstAck = flow.direction == Direction::Inbound && flow.stackNext == 0;
    const bool isAck =
        (segment.tcpFlags & (TcpAck | TcpRst)) == TcpAck; // a reset may echo what the guest said
    if (isAck && (isFirstAck || isAfter(segment.tcpAcknowledgment, flow.stackNext))) {
        flow.stackNext = segment.tcpAcknowledgment;
        flow.guestFinished = flow.guestEnd == flow.stackNext;
        releaseHeld(flow);
        forgetIfTaken(flow);
    }
    if ((segment.tcpFlags & TcpSyn) && !flow.isEstablished && flow.direction == Direction::Outbound)
        established(flow);
    // A server that speaks first tells nothing about the client's hello: such protocols rest on the pin
    // alone.
    if (!segment.data.empty() && flow.held && flow.held->bytes.empty())
        forgetHello(flow);
    if (segment.tcpFlags & TcpFin)
        flow.remoteFinished = true;
    if ((segment.tcpFlags & TcpRst) || flow.isOver())
        stopCounting(flow);
}

void TcpForwarder::established(Flow &flow)
{
    flow.isEstablished = true;
    setHalfOpen(flow, false);
    if (flow.isNameService)
        return;
    flow.isCounted = true;
    m_meter.tcpEstablished();
}

} // namespace boxgate::net
