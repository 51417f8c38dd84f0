#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace boxgate::net {

inline constexpr uint16_t DhcpServerPort = 67;
inline constexpr uint16_t DhcpClientPort = 68;
/// Bytes: what every client takes, a datagram of 576, without the headers of IP and UDP (RFC 2131 section 2).
inline constexpr size_t LargestDhcpReply = 548;

struct DhcpSettings
{
    int mtu = 1500;
    /// The first goes into option 15, all of them into option 119 when there are more; what is not a host
    /// name is left out, and so is what a message does not hold.
    std::vector<std::string> searchDomains;
};

/// Answers a DHCP request of the guest with the one address there is. Pure, so there is no lease to exhaust.
/// request   the UDP payload sent to port 67
/// Returns   the UDP payload for port 68, LargestDhcpReply at most, or nullopt for what needs no answer
/// Source    RFC 2131, RFC 2132, RFC 3397 (option 119)
std::optional<std::vector<uint8_t>> answerDhcp(std::span<const uint8_t> request,
                                               const DhcpSettings &settings);

} // namespace boxgate::net
