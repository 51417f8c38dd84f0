#pragma once

#include <cstdint>

/// Loads and stores of big-endian numbers at any alignment.
namespace boxgate::net {

inline uint16_t loadBe16(const uint8_t *from) { return uint16_t(from[0] << 8 | from[1]); }
inline uint32_t loadBe32(const uint8_t *from)
{
    return uint32_t(from[0]) << 24 | uint32_t(from[1]) << 16 | uint32_t(from[2]) << 8 | from[3];
}
inline void storeBe16(uint8_t *to, uint16_t value)
{
    to[0] = uint8_t(value >> 8);
    to[1] = uint8_t(value);
}
inline void storeBe32(uint8_t *to, uint32_t value)
{
    storeBe16(to, uint16_t(value >> 16));
    storeBe16(to + 2, uint16_t(value));
}

} // namespace boxgate::net
