#pragma once

#include "net/wire/address.h"

#include <span>

namespace boxgate::net {

/// The Internet checksum over data, continued from an earlier partial sum; fold with finishChecksum().
/// Every part but the last must have an even length.
/// Source   RFC 1071
uint64_t addToChecksum(uint64_t sum, std::span<const uint8_t> data);
uint16_t finishChecksum(uint64_t sum);

inline uint16_t checksum(std::span<const uint8_t> data) { return finishChecksum(addToChecksum(0, data)); }

/// The checksum of a TCP or UDP segment with its pseudo header. Over a segment whose checksum field is filled
/// in and right, the result is 0.
uint16_t transportChecksum(Ipv4 source, Ipv4 destination, uint8_t protocol, std::span<const uint8_t> segment);

/// The checksum after one 16-bit field it covers changed.
/// Source   RFC 1624, equation 3
uint16_t adjustChecksum(uint16_t checksum, uint16_t before, uint16_t after);

} // namespace boxgate::net
