#pragma once

#include "net/wire/address.h"

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace boxgate::net {

/// A host name that a rule matches. Lower case, no trailing dot.
struct NamePattern
{
    std::string name;
    bool wildcard = false; ///< any name below it, at any depth, and not the name itself

    bool operator==(const NamePattern &) const = default;
};

/// Which transport protocols a rule grants.
enum class Transport
{
    Any,
    Tcp,
    Udp
};

/// The ports and protocols that a rule grants where its pattern matches.
struct PortGrant
{
    uint16_t firstPort = 0; ///< 0..65535 is every port
    uint16_t lastPort = 65535;
    Transport transport = Transport::Any;

    bool grants(Transport protocol, uint16_t port) const
    {
        return port >= firstPort && port <= lastPort
            && (transport == Transport::Any || transport == protocol);
    }

    bool operator==(const PortGrant &) const = default;
};

/// One entry of an allowlist: `PATTERN[:PORT[-PORT]][/tcp|/udp]`.
///
/// Without a protocol an address rule grants TCP and UDP, and a name rule TCP only, so that browsers fall
/// back from QUIC to what can be inspected.
struct AllowRule : PortGrant
{
    std::variant<NamePattern, Cidr> pattern;

    /// Reads one rule. Pure.
    /// Errors   one sentence: why the rule cannot be enforced, and what to write instead
    static tl::expected<AllowRule, std::string> parse(std::string_view text);

    bool operator==(const AllowRule &) const = default;
};

/// Why a normalized text is not a host name; empty when it is one.
std::string whyNotHostName(std::string_view text);

/// Lower case without the trailing dot.
std::string normalizedName(std::string_view name);

} // namespace boxgate::net
