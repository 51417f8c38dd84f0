#pragma once

#include "net/policy/policy.h"
#include "net/report.h"

namespace boxgate::net {

/// A destination as a person writes it: "HOST[:PORT][/tcp|/udp]", HOST a name or an IPv4 address. Without a
/// port 443 is meant, without a protocol TCP.
struct WrittenDestination
{
    static constexpr uint16_t DefaultPort = 443;

    std::string name; ///< normalized; empty where it is an address
    Endpoint endpoint; ///< its address is set where there is no name

    /// Errors   one sentence
    static tl::expected<WrittenDestination, std::string> parse(std::string_view text);
};

/// What policy says about a destination, by the data path's own judgement. Pure: pins are not used up.
/// zoned   the address that a zone has for the name, where one has
TestReport testDestination(const Policy &policy, PinTable pins, const WrittenDestination &destination,
                           std::optional<Ipv4> zoned, PinTable::Clock::time_point now);

} // namespace boxgate::net
