#pragma once

#include "net/wire/address.h"

#include <array>

/// Ranges of addresses with a meaning of their own for the gate.
namespace boxgate::net {

/// Never reached by any box, whatever its policy: link-local (cloud metadata), "this network", the host's
/// loopback (which has its own address), multicast, reserved and broadcast.
inline constexpr std::array<Cidr, 5> AlwaysBlocked{{
    {Ipv4::of(169, 254, 0, 0), 16},
    {Ipv4::of(0, 0, 0, 0), 8},
    {Ipv4::of(127, 0, 0, 0), 8},
    {Ipv4::of(224, 0, 0, 0), 4},
    {Ipv4::of(240, 0, 0, 0), 4},
}};

/// Not public: what a name of the outside has no business answering with under an allowlist (rebinding).
/// Source   RFC 1918, RFC 6598; the others are in AlwaysBlocked
inline constexpr std::array<Cidr, 4> Private{{
    {Ipv4::of(10, 0, 0, 0), 8},
    {Ipv4::of(172, 16, 0, 0), 12},
    {Ipv4::of(192, 168, 0, 0), 16},
    {Ipv4::of(100, 64, 0, 0), 10},
}};

template <size_t Count> constexpr bool isIn(const std::array<Cidr, Count> &ranges, Ipv4 address)
{
    for (const Cidr &range : ranges) {
        if (range.contains(address))
            return true;
    }
    return false;
}

} // namespace boxgate::net
