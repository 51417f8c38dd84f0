#include "tests/net/rawguest.h"

#include "net/transport/framecodec.h"

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

using namespace net;

namespace {

constexpr size_t TcpAt = wire::EthernetHeader + wire::Ipv4Header;

bool isTcpTo(const Frame &frame, uint16_t port)
{
    return frame.size() >= TcpAt + wire::TcpHeader && loadBe16(frame.data() + 12) == wire::EtherTypeIpv4
        && frame[wire::EthernetHeader + 9] == wire::ProtocolTcp && loadBe16(frame.data() + TcpAt + 2) == port;
}

} // namespace

Frame frameOf(const Segment &segment)
{
    Frame bytes(wire::TcpHeader, 0);
    storeBe16(bytes.data(), segment.fromPort);
    storeBe16(bytes.data() + 2, segment.toPort);
    storeBe32(bytes.data() + 4, segment.sequence);
    storeBe32(bytes.data() + 8, segment.acknowledgment);
    bytes[12] = 5 << 4;
    bytes[13] = segment.flags;
    storeBe16(bytes.data() + 14, segment.window);
    storeBe16(bytes.data() + 18, segment.urgent);
    bytes.insert(bytes.end(), segment.data.begin(), segment.data.end());
    const uint16_t sum = transportChecksum(plan::Guest, segment.to, wire::ProtocolTcp, bytes);
    storeBe16(bytes.data() + 16, uint16_t(sum + segment.spoilChecksum));
    return ethernet(wire::EtherTypeIpv4, ipv4(wire::ProtocolTcp, bytes, segment.to));
}

RawGuest::RawGuest(int wire)
    : m_wire(wire)
{ }

RawGuest::~RawGuest() { ::close(m_wire); }

Frame RawGuest::onWire(const std::vector<Frame> &frames)
{
    Frame bytes;
    for (const Frame &frame : frames) {
        uint8_t prefix[FrameDecoder::Prefix];
        encodeFramePrefix(frame.size(), prefix);
        bytes.insert(bytes.end(), prefix, prefix + sizeof prefix);
        bytes.insert(bytes.end(), frame.begin(), frame.end());
    }
    return bytes;
}

void RawGuest::send(const Frame &frame) { sendRaw(onWire({frame})); }

bool RawGuest::sendRaw(const Frame &bytes)
{
    for (size_t sent = 0; sent < bytes.size();) {
        const ssize_t count = ::send(m_wire, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        sent += size_t(count);
    }
    return true;
}

void RawGuest::discard()
{
    char buffer[65536];
    while (::recv(m_wire, buffer, sizeof buffer, MSG_DONTWAIT) > 0) { }
    m_received.clear();
}

std::optional<Frame> RawGuest::receive(const std::function<bool(const Frame &)> &wanted,
                                       int timeoutMilliseconds)
{
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(timeoutMilliseconds);
    for (;;) {
        while (m_received.size() >= FrameDecoder::Prefix) {
            const size_t size = loadBe32(m_received.data());
            if (m_received.size() < FrameDecoder::Prefix + size)
                break;
            const auto begin = m_received.begin() + FrameDecoder::Prefix;
            const Frame frame(begin, begin + ptrdiff_t(size));
            m_received.erase(m_received.begin(), begin + ptrdiff_t(size));
            if (wanted(frame))
                return frame;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd wait{m_wire, POLLIN, 0};
        if (left < 0 || ::poll(&wait, 1, int(left)) <= 0)
            return std::nullopt;
        uint8_t buffer[65536];
        const ssize_t count = ::recv(m_wire, buffer, sizeof buffer, 0);
        if (count <= 0)
            return std::nullopt;
        m_received.insert(m_received.end(), buffer, buffer + count);
    }
}

bool RawGuest::hasReceived()
{
    return receive([](const Frame &) { return true; }, 0).has_value();
}

std::optional<Reply> RawGuest::receiveSegment(uint16_t port, int timeoutMilliseconds)
{
    const auto frame =
        receive([port](const Frame &candidate) { return isTcpTo(candidate, port); }, timeoutMilliseconds);
    if (!frame)
        return std::nullopt;
    Reply reply;
    const uint8_t *const tcp = frame->data() + TcpAt;
    reply.flags = tcp[13];
    reply.sequence = loadBe32(tcp + 4);
    reply.acknowledgment = loadBe32(tcp + 8);
    const size_t end = wire::EthernetHeader + loadBe16(frame->data() + wire::EthernetHeader + 2);
    reply.data.assign(tcp + size_t(tcp[12] >> 4) * 4, frame->data() + end);
    return reply;
}

std::optional<Segment> RawGuest::connect(Ipv4 to, uint16_t port, uint16_t fromPort)
{
    Segment segment;
    segment.to = to;
    segment.toPort = port;
    segment.fromPort = fromPort;
    segment.flags = wire::TcpSyn;
    send(segment);
    const auto reply = receiveSegment(fromPort);
    if (!reply || (reply->flags & (wire::TcpSyn | wire::TcpAck)) != (wire::TcpSyn | wire::TcpAck))
        return std::nullopt;
    ++segment.sequence;
    segment.acknowledgment = reply->sequence + 1;
    segment.flags = wire::TcpAck;
    send(segment);
    return segment;
}

} // namespace boxgate::test
