#include "net/forward/tcpsegment.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"

#include <algorithm>
#include <netinet/in.h>
#include <sys/socket.h>

namespace boxgate::net {

using namespace wire;

namespace {

/// Rewrites one 16-bit word that the TCP checksum covers.
void rewriteWord(std::span<uint8_t> frame, size_t at, uint16_t value)
{
    uint8_t *const sum = frame.data() + TcpAt + 16;
    storeBe16(sum, adjustChecksum(loadBe16(sum), loadBe16(frame.data() + at), value));
    storeBe16(frame.data() + at, value);
}

} // namespace

constexpr std::array<uint8_t, EthernetHeader> GuestEthernetHeader = [] {
    std::array<uint8_t, EthernetHeader> header{};
    std::ranges::copy(plan::GuestMac, header.begin());
    std::ranges::copy(plan::GatewayMac, header.begin() + 6);
    header[12] = EtherTypeIpv4 >> 8;
    header[13] = EtherTypeIpv4 & 255;
    return header;
}();

FlowKey keyOfGuestSegment(const Packet &segment)
{
    return {Transport::Tcp, segment.sourcePort, segment.destination, segment.destinationPort};
}

void rewriteEndpoint(std::span<uint8_t> frame, size_t addressAt, size_t portAt, Ipv4 address, uint16_t port)
{
    rewriteWord(frame, addressAt, uint16_t(address.value >> 16));
    rewriteWord(frame, addressAt + 2, uint16_t(address.value));
    rewriteWord(frame, portAt, port);
    uint8_t *const sum = frame.data() + IpAt + 10;
    storeBe16(sum, 0);
    storeBe16(sum, checksum(frame.subspan(IpAt, Ipv4Header)));
}

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
    packet.data = {const_cast<uint8_t *>(frame.data()) + dataAt, end - dataAt};
    return packet;
}

uint16_t localPort(int socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const bool isKnown = ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) == 0;
    return isKnown ? ntohs(address.sin_port) : 0;
}

} // namespace boxgate::net
