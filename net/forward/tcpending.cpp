/// How the forwarder's connections end. Declared in tcpforwarder.h.
#include "net/addressplan.h"
#include "net/forward/closing.h"
#include "net/forward/tcpforwarder.h"
#include "net/forward/tcpsegment.h"
#include "net/services/dnsstreamserver.h"

#include <sys/socket.h>

namespace boxgate::net {

using namespace wire;

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
        if (!verdict.isAllowed && !m_gate.keeps(endpointOf(flow.key), flow.verdict, flow.rule))
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
    closeWithReset(flow.socket); // no orderly end of a half-sent file
    resetInStack(flow);
    if (flow.socket >= 0) // still connecting: the stack looks at no segments then
        ::shutdown(flow.socket, SHUT_RDWR);
}

/// A reset in the guest's name. Its number is the stack's own: what the guest has said may be far from what
/// the stack believes.
void TcpForwarder::resetInStack(Flow &flow)
{
    const Ipv4 remote = flow.isNameService ? plan::HostAlias : flow.key.remote;
    const uint16_t port = flow.isNameService ? m_nameServer->port() : flow.key.remotePort;
    m_stack->input(m_builder.resetFromGuest(flow.key.guestPort, remote, port, flow.stackNext));
}

/// The guest resets a connection: the other end is to see a reset as well. Whether it is a valid one is for
/// the stack to say; where it is not, the connection goes on, and what is held stays so.
void TcpForwarder::passReset(std::span<uint8_t> frame, const Packet &segment, Flow &flow)
{
    if (isFarewell(segment, flow)) {
        if (hasSentEnd(flow.socket)) // or the stack would lose what it still holds for the host
            toStack(frame, flow);
        return;
    }
    closeWithReset(flow.socket);
    toStack(frame, flow);
    if (flow.socket >= 0)
        closeInOrder(flow.socket);
}

/// Whether a segment says nothing more than that the guest is done with a connection that both ends have
/// closed: it acknowledges the other's end, or is the reset of a socket that has gone already.
bool TcpForwarder::isFarewell(const Packet &segment, const Flow &flow)
{
    const bool isLast = (segment.tcpFlags & TcpRst) || segment.tcpAcknowledgment == flow.remoteNext;
    return flow.isOver() && flow.stackNext == flow.guestNext && isLast;
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
