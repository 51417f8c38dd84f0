/// UDP port maps: clients of the host who talk to the box. Declared in udprelay.h.
#include "net/addressplan.h"
#include "net/forward/porterror.h"
#include "net/forward/udprelay.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::net {

namespace {

sockaddr_in addressOf(Ipv4 address, uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(address.value);
    return result;
}

bool isLoopback(Ipv4 address) { return address.value >> 24 == 127; }

/// Room for one IP_PKTINFO.
struct ControlRoom
{
    alignas(cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(in_pktinfo))] = {};
};

} // namespace

Result<uint16_t> UdpRelay::openPort(const PortMap &map)
{
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address = addressOf(map.bindAddress, map.hostPort);
    socklen_t size = sizeof address;
    constexpr int on = 1;
    if (descriptor < 0 || ::setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0
        || ::bind(descriptor, reinterpret_cast<sockaddr *>(&address), size) != 0
        || ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
        const int error = errno;
        if (descriptor >= 0)
            ::close(descriptor);
        return fail(portError(map, error));
    }
    Listener listener{descriptor, map};
    listener.map.hostPort = ntohs(address.sin_port);
    m_listeners.push_back(listener);
    m_poller.watch(descriptor, PollIn, this);
    return listener.map.hostPort;
}

void UdpRelay::closePort(const PortMap &map)
{
    const auto listener = std::ranges::find(m_listeners, map, &Listener::map);
    if (listener == m_listeners.end())
        return;
    m_flows.forEach([&](Flow &flow) {
        if (flow.listener == listener->descriptor)
            close(flow);
    });
    m_poller.forget(listener->descriptor);
    ::close(listener->descriptor);
    m_listeners.erase(listener);
}

bool UdpRelay::acceptOne(const Listener &listener)
{
    const auto room = std::span(m_buffer).subspan(FrameBuilder::UdpHeadroom);
    sockaddr_in from{};
    iovec data{room.data(), room.size()};
    ControlRoom control;
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    const ssize_t count = ::recvmsg(listener.descriptor, &message, 0);
    if (count < 0)
        return false;
    Flow *const flow = clientFlow(listener, Ipv4{ntohl(from.sin_addr.s_addr)}, ntohs(from.sin_port));
    if (!flow)
        return true;
    for (cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO)
            flow->local.value = ntohl(reinterpret_cast<in_pktinfo *>(CMSG_DATA(part))->ipi_spec_dst.s_addr);
    }
    toGuest(*flow, size_t(count));
    return true;
}

/// The flow of a client; a new one when it is the first datagram. Null when it cannot be carried.
Flow *UdpRelay::clientFlow(const Listener &listener, Ipv4 client, uint16_t port)
{
    if (!m_link.isOpen())
        return nullptr;
    // A client on the loopback appears as the host alias: the guest has no other way to answer it.
    const FlowKey key{Transport::Udp, listener.map.guestPort, isLoopback(client) ? plan::HostAlias : client,
                      port};
    if (Flow *const known = m_flows.find(key)) {
        const bool isIt = known->listener == listener.descriptor && known->client == client;
        return isIt ? known : nullptr;
    }
    Flow *const flow = m_flows.add(key, {true, Reason::PortMap}, Flow::Clock::now());
    if (!flow) {
        m_ledger.lost();
        return nullptr;
    }
    flow->direction = Direction::Inbound;
    flow->client = client;
    flow->listener = listener.descriptor;
    flow->hostPort = listener.map.hostPort;
    m_ledger.begin(*flow);
    return flow;
}

/// Sends what the guest says on a flow; errno is set when it cannot be sent.
ssize_t UdpRelay::sendFrom(Flow &flow, std::span<const uint8_t> data)
{
    if (flow.listener < 0)
        return ::send(flow.socket, data.data(), data.size(), MSG_NOSIGNAL);
    sockaddr_in to = addressOf(flow.client, flow.key.remotePort);
    iovec part{const_cast<uint8_t *>(data.data()), data.size()};
    ControlRoom control;
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    cmsghdr *const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    // From the address that the client knows, where the host has several.
    reinterpret_cast<in_pktinfo *>(CMSG_DATA(header))->ipi_spec_dst.s_addr = htonl(flow.local.value);
    return ::sendmsg(flow.listener, &message, MSG_NOSIGNAL);
}

} // namespace boxgate::net
