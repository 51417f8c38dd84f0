/// How the forwarder treats flows that a name rule let in until it is known whom they are for. Declared in
/// tcpforwarder.h.
#include "net/forward/tcpforwarder.h"
#include "net/forward/tcpsegment.h"

namespace boxgate::net {

using namespace wire;
using Finding = FirstBytes::Finding;

/// Whether a segment of a held flow may go on as it is. What it brings is taken in otherwise.
bool TcpForwarder::mayPass(const Packet &segment, Flow &flow, Flow::Clock::time_point now)
{
    HeldHello &held = *flow.held;
    if (segment.data.empty() && !(segment.tcpFlags & TcpFin))
        return true; // an acknowledgment
    if (held.isReleased) {
        if (!isAfter(held.next, segment.tcpSequence))
            return true; // it goes on after the hello
        held.answer(segment);
        releaseHello(flow); // the same bytes once more, and not these
        return false;
    }
    const size_t before = held.bytes.size();
    Finding finding = held.take(segment, now);
    m_helloBytes += held.bytes.size() - before;
    if (finding == Finding::NeedMore && m_helloBytes > MaxHelloBytes)
        finding = Finding::NoName;
    if (finding == Finding::NeedMore)
        acknowledgeHello(flow);
    settleHello(flow, finding);
    return false;
}

/// Tells the guest what is held, since the stack has not seen it: a client that sends its hello in small
/// pieces would wait for that.
void TcpForwarder::acknowledgeHello(const Flow &flow)
{
    constexpr size_t Window = 65535; // bytes, as the stack has it
    const HeldHello &held = *flow.held;
    const uint16_t window = uint16_t(Window - std::min(Window, held.bytes.size()));
    if (flow.isEstablished)
        m_link.sendOrDrop(m_builder.acknowledgmentToGuest(
            flow.key.remote, flow.key.remotePort, flow.key.guestPort, flow.remoteNext, held.next, window));
}

void TcpForwarder::settleHello(Flow &flow, Finding finding)
{
    if (m_gate.policy().mode() == Mode::Open)
        finding = Finding::NotInspected; // any more
    switch (finding) {
    case Finding::NeedMore:
        break;
    case Finding::NotInspected:
        releaseHello(flow);
        break;
    case Finding::NoName:
        refuseHello(flow, Reason::NoName, flow.name);
        break;
    case Finding::Named: {
        const std::string name = flow.held->hello.name();
        const Verdict verdict = m_gate.judgeHello(endpointOf(flow.key), name);
        if (!verdict.isAllowed) {
            refuseHello(flow, verdict.reason, name);
            break;
        }
        flow.verdict = verdict;
        flow.rule = m_gate.policy().ruleText(verdict.rule);
        m_ledger.rename(flow, name, flow.held->hello.source());
        releaseHello(flow);
        break;
    }
    }
}

/// Lets what was held pass: as segments made of the bytes that were looked at.
void TcpForwarder::releaseHello(Flow &flow)
{
    if (flow.held->isEmpty()) {
        forgetHello(flow);
        return;
    }
    std::unique_ptr<HeldHello> held = std::move(flow.held);
    flow.hasSpoken = true;
    const size_t room = m_mtu - Ipv4Header - TcpHeader;
    size_t at = 0;
    do {
        const size_t size = std::min(room, held->bytes.size() - at);
        const bool isLast = at + size == held->bytes.size();
        FrameBuilder::GuestSegment segment{
            flow.key.guestPort,       flow.key.remote,
            flow.key.remotePort,      held->first + uint32_t(at),
            held->acknowledgment,     held->window,
            uint8_t(TcpAck | TcpPsh), std::span(held->bytes).subspan(at, size)};
        if (isLast && held->isFinished)
            segment.flags |= TcpFin;
        const std::span<uint8_t> frame = m_builder.fromGuest(segment);
        if (const auto packet = parseStackSegment(frame))
            pass(frame, *packet, flow);
        at += size;
    } while (at < held->bytes.size() && flow.socket >= 0);
    held->isReleased = true;
    flow.held = std::move(held);
    forgetIfTaken(flow);
}

/// Forgets a hello that the stack has acknowledged.
void TcpForwarder::forgetIfTaken(Flow &flow)
{
    if (flow.held && flow.held->isReleased && !isAfter(flow.held->next, flow.stackNext))
        forgetHello(flow);
}

void TcpForwarder::forgetHello(Flow &flow)
{
    if (flow.held)
        m_helloBytes -= flow.held->bytes.size();
    flow.held.reset();
}

void TcpForwarder::refuseHello(Flow &flow, Reason reason, const std::string &name)
{
    m_ledger.blocked({Transport::Tcp, flow.key.remote, flow.key.remotePort, reason}, name);
    flow.guestNext = flow.held->next; // what the guest takes a reset for
    cut(flow);
    forgetHello(flow);
}

void TcpForwarder::tick(Flow::Clock::time_point now)
{
    m_flows.forEach([&](Flow &flow) {
        if (!flow.held)
            return;
        if (flow.held->isReleased)
            releaseHello(flow);
        else if (flow.held->isOverdue(now) || m_gate.policy().mode() == Mode::Open)
            settleHello(flow, flow.held->hello.finish());
    });
    endTurn();
}

} // namespace boxgate::net
