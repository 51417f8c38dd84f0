#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace boxgate::net {

inline constexpr uint16_t DhcpServerPort = 67;
inline constexpr uint16_t DhcpClientPort = 68;

struct DhcpSettings
{
    int mtu = 1500;
    std::string searchDomain;
};

/// Answers a DHCP request of the guest with the one address there is. Pure, so there is no lease to exhaust.
/// request   the UDP payload sent to port 67
/// Returns   the UDP payload for port 68, or nullopt for what needs no answer
/// Source    RFC 2131, RFC 2132
std::optional<std::vector<uint8_t>> answerDhcp(std::span<const uint8_t> request,
                                               const DhcpSettings &settings);

} // namespace boxgate::net
