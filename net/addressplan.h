#pragma once

#include "net/wire/address.h"

/// The addresses of every box: the same ones, on a private stack of its own. Part of the product's contract.
namespace boxgate::net::plan {

inline constexpr Cidr Subnet{Ipv4::of(192, 168, 127, 0), 24};
inline constexpr Ipv4 Gateway = Ipv4::of(192, 168, 127, 1); ///< also the name server; never the host
inline constexpr Ipv4 Guest = Ipv4::of(192, 168, 127, 2);
inline constexpr Ipv4 HostAlias = Ipv4::of(192, 168, 127, 254); ///< 127.0.0.1 of the host
inline constexpr Ipv4 LimitedBroadcast = Ipv4::of(255, 255, 255, 255);
inline constexpr MacAddress GatewayMac{0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xdd};
inline constexpr MacAddress GuestMac{0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee};
inline constexpr MacAddress BroadcastMac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

inline constexpr uint16_t DnsPort = 53;

} // namespace boxgate::net::plan
