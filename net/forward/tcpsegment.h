#pragma once

#include "net/flow/flow.h"
#include "net/wire/headers.h"
#include "net/wire/packet.h"

#include <array>
#include <optional>

/// What the forwarder reads from and writes into TCP frames of its own stack.
namespace boxgate::net {

inline constexpr size_t IpAt = wire::EthernetHeader;
inline constexpr size_t TcpAt = wire::EthernetHeader + wire::Ipv4Header;

/// What every frame to the guest begins with.
extern const std::array<uint8_t, wire::EthernetHeader> GuestEthernetHeader;

/// The key of the flow to which a segment of the guest belongs.
FlowKey keyOfGuestSegment(const Packet &segment);

/// Where a flow leads, for a judgement.
inline Endpoint endpointOf(const FlowKey &key) { return {key.transport, key.remote, key.remotePort}; }

/// The size of a guest's segment on the wire, without padding: that of all the frames that it came in.
inline size_t wireBytes(const Packet &segment)
{
    constexpr size_t headers = TcpAt + wire::TcpHeader;
    return wire::EthernetHeader + segment.ip.size() + (segment.frames - 1) * headers;
}

/// Rewrites an address and a port of a TCP frame, and mends both checksums.
/// addressAt, portAt   where they are in the frame
void rewriteEndpoint(std::span<uint8_t> frame, size_t addressAt, size_t portAt, Ipv4 address, uint16_t port);

/// Reads a segment of our own stack, which is trusted to be well formed but checked for its size. Of its data
/// only the size may be looked at.
std::optional<Packet> parseStackSegment(std::span<const uint8_t> frame);

/// The port of the host's end of a socket; 0 when it has none.
uint16_t localPort(int socket);

/// Whether sequence is behind other in the stream; they wrap.
inline bool isAfter(uint32_t sequence, uint32_t other) { return int32_t(sequence - other) > 0; }

} // namespace boxgate::net
