#pragma once

#include <cstdint>
#include <string_view>

namespace boxgate::net {

/// Why a packet may pass or not.
enum class Reason
{
    OpenMode, ///< allow: everything is
    HostAlias, ///< allow: the host alias, by its own setting
    AddressRule, ///< allow: a rule for its address
    NameRule, ///< allow: a rule for a name that resolved to its address
    OffMode, ///< block: nothing passes
    AlwaysBlocked, ///< block: link-local, loopback, multicast, the box's own subnet
    HostAliasClosed, ///< block: the host alias is off, or not on this port
    NameService, ///< block: DoT, DoQ, mDNS or LLMNR under an allowlist
    NoRule, ///< block: nothing in the allowlist covers it
    PortMap, ///< allow: a client of a port map, and the answers to it
    Gateway, ///< block: the gateway has no such service
    ForeignName, ///< block: the hello names a host that is not allowed at that address
    NoName, ///< block: TLS or HTTP on a flow let in by name, without a name in time
    TooMany, ///< block: above a bound on flows or on their rate
    BadFrame ///< block: no honest guest sends such a frame
};

/// "no rule allows it": for a person who reads a capture.
std::string_view describe(Reason reason);

struct Verdict
{
    bool isAllowed = false;
    Reason reason = Reason::NoRule;
    int rule = -1; ///< index into the configuration's rules, for AddressRule and NameRule
    bool isByZone = false; ///< NameRule: a zone of the box says so, so that a private address is meant

    bool operator==(const Verdict &) const = default;
};

} // namespace boxgate::net
