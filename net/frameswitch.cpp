#include "net/frameswitch.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/headers.h"

#include <algorithm>

namespace boxgate::net {

using namespace wire;

namespace {

/// The addresses that answer by themselves.
bool isOurs(Ipv4 address) { return address == plan::Gateway || address == plan::HostAlias; }

std::string_view describeEtherType(uint16_t type)
{
    switch (type) {
    case 0x86dd:
        return "IPv6, which a box does not have";
    case 0x8100:
    case 0x88a8:
        return "a VLAN tag";
    default:
        return "an EtherType that is neither IPv4 nor ARP";
    }
}

} // namespace

FrameSwitch::FrameSwitch(const Parts &parts, DhcpSettings dhcp)
    : m_parts(parts)
    , m_dhcp(std::move(dhcp))
{ }

void FrameSwitch::fromGuest(std::span<uint8_t> frame, Flow::Clock::time_point now)
{
    m_parts.meter.sent(frame.size());
    if (!m_capture) {
        decide(frame, now);
        return;
    }
    m_captured.assign(frame.begin(), frame.end());
    m_parts.ledger.beginFrame();
    decide(frame, now);
    const auto &blocked = m_parts.ledger.lastBlocked();
    const std::string_view comment = blocked ? describe(blocked->reason) : std::string_view();
    m_capture->add(FrameCapture::Way::FromBox, m_captured, {}, m_parts.link.unixNanoseconds(), comment);
}

void FrameSwitch::decide(std::span<uint8_t> frame, Flow::Clock::time_point now)
{
    if (m_parts.gate.policy().mode() == Mode::Off) {
        m_parts.ledger.blocked({Transport::Any, {}, 0, Reason::OffMode});
        return;
    }
    const Sanitised clean = sanitise(frame, size_t(m_dhcp.mtu));
    switch (clean.kind) {
    case FrameKind::Dropped:
        drop(frame, clean.reason);
        break;
    case FrameKind::Arp:
        handleArp(clean.arp);
        break;
    case FrameKind::Tcp:
        // without the padding: the stack sees the packet and nothing else
        handleTcp(frame.first(EthernetHeader + clean.packet.ip.size()), clean.packet, now);
        break;
    case FrameKind::Udp:
        handleUdp(clean.packet, now);
        break;
    case FrameKind::Icmp:
        handleIcmp(clean.packet);
        break;
    case FrameKind::UdpFragment:
        handleFragment(clean.packet, now);
        break;
    }
}

/// A capture shows the verdict on each frame, so nothing is merged then.
void FrameSwitch::handleTcp(std::span<uint8_t> frame, const Packet &segment, Flow::Clock::time_point now)
{
    if (!m_capture && m_merger.add(frame, segment))
        return;
    endBatch(now);
    if (m_capture || !m_merger.add(frame, segment))
        m_parts.tcp.fromGuest(frame, segment, now);
}

void FrameSwitch::endBatch(Flow::Clock::time_point now)
{
    if (const auto merged = m_merger.take())
        m_parts.tcp.fromGuest(merged->frame, merged->segment, now);
}

void FrameSwitch::drop(std::span<const uint8_t> frame, DropReason reason)
{
    std::string_view what = describe(reason);
    if (reason == DropReason::EtherType)
        what = describeEtherType(loadBe16(frame.data() + 12));
    m_parts.ledger.blocked({Transport::Any, {}, 0, Reason::BadFrame}, what);
}

void FrameSwitch::block(const Packet &packet, Transport transport, Reason reason)
{
    m_parts.ledger.blocked({transport, packet.destination, packet.destinationPort, reason});
}

void FrameSwitch::handleArp(std::span<const uint8_t> request)
{
    const bool asks = loadBe16(request.data() + 6) == ArpRequest;
    const Ipv4 target{loadBe32(request.data() + 24)};
    if (asks && isOurs(target))
        m_parts.link.sendOrDrop(m_parts.builder.arpReply(request));
}

void FrameSwitch::handleIcmp(const Packet &packet)
{
    if (isOurs(packet.destination) && packet.payload[0] == IcmpEchoRequest && packet.payload[1] == 0)
        m_parts.link.sendOrDrop(m_parts.builder.echoReply(packet));
    else
        m_parts.ledger.blocked({Transport::Any, packet.destination, 0, Reason::BadFrame},
                               "ICMP beyond an echo request to the gateway");
}

void FrameSwitch::handleFragment(const Packet &fragment, Flow::Clock::time_point now)
{
    const auto whole = m_reassembler.add(fragment, now);
    if (!whole)
        return;
    const Sanitised clean = sanitiseReassembled(*whole);
    if (clean.kind == FrameKind::Udp)
        handleUdp(clean.packet, now);
    else
        drop(*whole, clean.reason);
}

void FrameSwitch::handleUdp(const Packet &datagram, Flow::Clock::time_point now)
{
    const Ipv4 to = datagram.destination;
    if (datagram.destinationPort == DhcpServerPort && (to == plan::LimitedBroadcast || to == plan::Gateway)) {
        handleDhcp(datagram);
    } else if (datagram.destinationPort == plan::DnsPort) {
        handleDns(datagram);
    } else if (to == plan::Gateway) {
        block(datagram, Transport::Udp, Reason::Gateway);
        m_parts.link.sendOrDrop(m_parts.builder.unreachable(datagram, IcmpCodePort));
    } else {
        m_parts.udp.fromGuest(datagram, now);
    }
}

void FrameSwitch::handleDhcp(const Packet &datagram)
{
    const auto reply = answerDhcp(datagram.data, m_dhcp);
    if (!reply)
        return;
    const bool hasAddress = datagram.source == plan::Guest;
    sendUdp(
        {plan::Gateway, DhcpServerPort, hasAddress ? plan::Guest : plan::LimitedBroadcast, DhcpClientPort},
        *reply);
}

void FrameSwitch::handleDns(const Packet &datagram)
{
    // The answer comes from the address that was asked, whichever it was.
    const UdpEndpoints ends{datagram.destination, datagram.destinationPort, plan::Guest, datagram.sourcePort};
    m_parts.names.handle(datagram.data, DnsService::Channel::Udp,
                         [this, ends](const std::vector<uint8_t> &answer) {
                             if (!answer.empty())
                                 sendUdp(ends, answer);
                         });
}

void FrameSwitch::sendUdp(const UdpEndpoints &ends, std::span<const uint8_t> payload)
{
    m_datagram.resize(FrameBuilder::UdpHeadroom + payload.size());
    std::ranges::copy(payload, m_datagram.begin() + FrameBuilder::UdpHeadroom);
    m_parts.builder.udp(m_datagram, ends, size_t(m_dhcp.mtu),
                        [this](std::span<const uint8_t> frame) { m_parts.link.sendOrDrop(frame); });
}

} // namespace boxgate::net
