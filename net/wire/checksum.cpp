#include "net/wire/checksum.h"

#include "net/wire/byteorder.h"

#include <bit>
#include <cstring>

namespace boxgate::net {

namespace {

uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return uint16_t(sum);
}

} // namespace

// Sums 32-bit words in the machine's own order, which the one's complement sum allows (RFC 1071, section 2B),
// and swaps at the end. At most 2^32 words fit before the 64-bit sum could overflow.
uint64_t addToChecksum(uint64_t sum, std::span<const uint8_t> data)
{
    const uint8_t *from = data.data();
    size_t left = data.size();
    for (; left >= 4; left -= 4, from += 4) {
        uint32_t word;
        std::memcpy(&word, from, 4);
        sum += word;
    }
    uint8_t tail[4] = {};
    if (left > 0) {
        std::memcpy(tail, from, left);
        uint32_t word;
        std::memcpy(&word, tail, 4);
        sum += word;
    }
    return sum;
}

uint16_t finishChecksum(uint64_t sum)
{
    const uint16_t folded = fold(sum);
    if constexpr (std::endian::native == std::endian::little)
        return uint16_t(~(folded << 8 | folded >> 8));
    return uint16_t(~folded);
}

uint16_t transportChecksum(Ipv4 source, Ipv4 destination, uint8_t protocol, std::span<const uint8_t> segment)
{
    uint8_t pseudo[12] = {};
    storeBe32(pseudo, source.value);
    storeBe32(pseudo + 4, destination.value);
    pseudo[9] = protocol;
    storeBe16(pseudo + 10, uint16_t(segment.size()));
    return finishChecksum(addToChecksum(addToChecksum(0, pseudo), segment));
}

uint16_t adjustChecksum(uint16_t checksum, uint16_t before, uint16_t after)
{
    uint32_t sum = uint16_t(~checksum) + uint32_t(uint16_t(~before)) + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return uint16_t(~sum);
}

} // namespace boxgate::net
