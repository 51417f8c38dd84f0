#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The pcapng file format, as much of it as the capture of one box needs: a section with one Ethernet
/// interface, then one block per frame. Pure, little endian, no allocation.
/// Source   IETF draft-ietf-opsawg-pcapng: 3 (blocks, options), 4.1, 4.2 and 4.3
namespace boxgate::net::pcapng {

/// Bytes of a frame that are written at most; the block says how long the frame was.
inline constexpr size_t SnapLength = 65550;
inline constexpr size_t LongestComment = 512; ///< bytes

enum class Way
{
    FromBox,
    ToBox
};

struct Frame
{
    Way way = Way::FromBox;
    std::span<const uint8_t> head; ///< head and tail are one frame in two parts
    std::span<const uint8_t> tail;
    int64_t unixNanoseconds = 0; ///< before 1970 is written as 1970
    std::string_view comment; ///< empty: none. Written up to LongestComment, and to what is not UTF-8
};

/// What a file begins with: the section header and the description of the interface. All sizes are multiples
/// of 4.
inline constexpr size_t HeaderSize = 84;
void encodeHeader(std::span<uint8_t, HeaderSize> out);

inline constexpr size_t LargestBlock = 44 + SnapLength + 2 + 4 + LongestComment;
/// Bytes of the frame's block, LargestBlock at most.
size_t blockSize(const Frame &frame);
/// Writes the frame's block. out   blockSize(frame) bytes
void encode(const Frame &frame, std::span<uint8_t> out);

/// How much of a piece of a file, which begins with a block, is whole blocks.
struct WholeBlocks
{
    size_t bytes = 0;
    uint64_t frames = 0;
};
WholeBlocks wholeBlocks(std::span<const uint8_t> piece);

} // namespace boxgate::net::pcapng
