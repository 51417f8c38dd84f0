#include "net/forward/udprelay.h"

#include "net/addressplan.h"
#include "net/policy/blockedranges.h"
#include "net/wire/byteorder.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr size_t LargestDatagram = 65535 - Ipv4Header - UdpHeader;

/// A connected socket to where the flow really goes; -1 with errno when there is none.
int connectedSocket(const FlowKey &key)
{
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(key.remotePort);
    address.sin_addr.s_addr = htonl(key.remote == plan::HostAlias ? INADDR_LOOPBACK : key.remote.value);
    if (::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

} // namespace

UdpRelay::UdpRelay(const Parts &parts, size_t mtu, size_t capacity)
    : m_poller(parts.poller)
    , m_gate(parts.gate)
    , m_ledger(parts.ledger)
    , m_link(parts.link)
    , m_builder(parts.builder)
    , m_mtu(mtu)
    , m_flows(capacity)
    , m_buffer(FrameBuilder::UdpHeadroom + LargestDatagram)
{ }

UdpRelay::~UdpRelay()
{
    cutAll();
    while (!m_listeners.empty())
        closePort(m_listeners.back().map);
}

void UdpRelay::fromGuest(const Packet &datagram, Flow::Clock::time_point now)
{
    const FlowKey key{Transport::Udp, datagram.sourcePort, datagram.destination, datagram.destinationPort};
    Flow *flow = m_flows.find(key);
    if (!flow)
        flow = openFlow(datagram, key, now);
    if (!flow)
        return;
    flow->countSent(EthernetHeader + datagram.ip.size(), now);
    ssize_t count = sendFrom(*flow, datagram.data);
    if (count < 0 && errno == ECONNREFUSED) { // about an earlier datagram; this one has not been sent yet
        reportUnreachable(*flow);
        count = sendFrom(*flow, datagram.data);
    }
    if (count < 0)
        m_ledger.lost();
}

Flow *UdpRelay::openFlow(const Packet &datagram, const FlowKey &key, Flow::Clock::time_point now)
{
    const Verdict verdict = m_gate.judge({Transport::Udp, key.remote, key.remotePort});
    const bool isUnicast = !isIn(AlwaysBlocked, key.remote);
    if (!verdict.isAllowed) {
        block(datagram, verdict.reason);
        if (isUnicast)
            m_link.sendOrDrop(m_builder.unreachable(datagram, IcmpCodeProhibited));
        return nullptr;
    }
    if (m_flows.isFull()) {
        block(datagram, Reason::TooMany);
        return nullptr;
    }
    const int socket = connectedSocket(key);
    if (socket < 0) {
        m_ledger.lost();
        m_link.sendOrDrop(m_builder.unreachable(datagram, IcmpCodePort));
        return nullptr;
    }
    Flow *const flow = m_flows.add(key, verdict, now);
    m_flows.setSocket(*flow, socket);
    m_ledger.begin(*flow);
    m_poller.watch(socket, PollIn, this);
    return flow;
}

void UdpRelay::block(const Packet &datagram, Reason reason)
{
    m_ledger.blocked({Transport::Udp, datagram.destination, datagram.destinationPort, reason});
}

void UdpRelay::ready(int descriptor, uint32_t)
{
    if (Flow *const flow = m_flows.findBySocket(descriptor)) {
        for (int i = 0; i < DatagramsPerTurn && receiveOne(*flow); ++i) { }
        return;
    }
    const auto listener = std::ranges::find(m_listeners, descriptor, &Listener::descriptor);
    if (listener == m_listeners.end())
        return;
    for (int i = 0; i < DatagramsPerTurn && acceptOne(*listener); ++i) { }
}

bool UdpRelay::receiveOne(Flow &flow)
{
    const auto room = std::span(m_buffer).subspan(FrameBuilder::UdpHeadroom);
    const ssize_t count = ::recv(flow.socket, room.data(), room.size(), 0);
    if (count < 0) {
        if (errno == ECONNREFUSED)
            reportUnreachable(flow);
        return errno == ECONNREFUSED;
    }
    toGuest(flow, size_t(count));
    return true;
}

/// Sends the datagram of size bytes that is in the buffer.
void UdpRelay::toGuest(Flow &flow, size_t size)
{
    const auto datagram = std::span(m_buffer).first(FrameBuilder::UdpHeadroom + size);
    const UdpEndpoints ends{flow.key.remote, flow.key.remotePort, plan::Guest, flow.key.guestPort};
    m_builder.udp(datagram, ends, m_mtu, [&](std::span<const uint8_t> frame) {
        flow.countReceived(frame.size(), Flow::Clock::now());
        m_link.forwardOrDrop(frame);
    });
}

/// Passes on that nobody listens at the other end, quoting a datagram of the flow.
void UdpRelay::reportUnreachable(const Flow &flow)
{
    uint8_t quote[Ipv4Header + UdpHeader] = {};
    quote[0] = 0x45;
    storeBe16(quote + 2, sizeof quote);
    quote[8] = 64;
    quote[9] = ProtocolUdp;
    storeBe32(quote + 12, plan::Guest.value);
    storeBe32(quote + 16, flow.key.remote.value);
    storeBe16(quote + Ipv4Header, flow.key.guestPort);
    storeBe16(quote + Ipv4Header + 2, flow.key.remotePort);
    storeBe16(quote + Ipv4Header + 4, UdpHeader);
    Packet packet;
    packet.ip = quote;
    packet.destination = flow.key.remote;
    m_link.sendOrDrop(m_builder.unreachable(packet, IcmpCodePort));
}

void UdpRelay::close(Flow &flow)
{
    m_ledger.end(flow);
    const int socket = flow.socket;
    if (socket >= 0)
        m_poller.forget(socket);
    m_flows.remove(flow);
    if (socket >= 0)
        ::close(socket);
}

void UdpRelay::cutAll()
{
    m_flows.forEach([this](Flow &flow) { close(flow); });
}

bool UdpRelay::cut(uint64_t id)
{
    bool isFound = false;
    m_flows.forEach([&](Flow &flow) {
        if (flow.id != id)
            return;
        isFound = true;
        close(flow);
    });
    return isFound;
}

void UdpRelay::cutUnwanted()
{
    m_flows.forEach([this](Flow &flow) {
        const Endpoint endpoint{Transport::Udp, flow.key.remote, flow.key.remotePort};
        const bool isOutbound = flow.direction == Direction::Outbound;
        if (isOutbound && !m_gate.judge(endpoint).isAllowed
            && !m_gate.keeps(endpoint, flow.verdict, flow.rule))
            close(flow);
    });
}

void UdpRelay::tick(Flow::Clock::time_point now)
{
    m_flows.forEach([&](Flow &flow) {
        const bool isAnswered = flow.traffic.packetsReceived > 0 && flow.traffic.packetsSent > 0;
        if (now - flow.lastActivity > (isAnswered ? AnsweredLife : UnansweredLife))
            close(flow);
    });
}

} // namespace boxgate::net
