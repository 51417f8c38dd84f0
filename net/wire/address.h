#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace boxgate::net {

/// An IPv4 address, in host byte order.
struct Ipv4
{
    uint32_t value = 0;

    static constexpr Ipv4 of(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
    {
        return Ipv4{uint32_t(a) << 24 | uint32_t(b) << 16 | uint32_t(c) << 8 | d};
    }

    constexpr auto operator<=>(const Ipv4 &) const = default;
};

/// A range of addresses; the bits after the prefix are zero.
struct Cidr
{
    Ipv4 network;
    uint8_t prefix = 32; ///< 0..32

    static constexpr uint32_t mask(uint8_t prefix) { return prefix == 0 ? 0 : ~uint32_t(0) << (32 - prefix); }
    constexpr bool contains(Ipv4 address) const { return (address.value & mask(prefix)) == network.value; }
    constexpr bool contains(const Cidr &other) const
    {
        return other.prefix >= prefix && contains(other.network);
    }

    bool operator==(const Cidr &) const = default;
};

using MacAddress = std::array<uint8_t, 6>;

/// Reads a strict dotted quad: four decimal numbers 0..255 without leading zeros, nothing around them.
std::optional<Ipv4> parseIpv4(std::string_view text);
std::string toString(Ipv4 address);

} // namespace boxgate::net

template <> struct std::hash<boxgate::net::Ipv4>
{
    size_t operator()(boxgate::net::Ipv4 address) const noexcept
    {
        return std::hash<uint32_t>()(address.value);
    }
};
