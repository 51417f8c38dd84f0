#include "net/capture/pcapng.h"

#include <algorithm>

namespace boxgate::net::pcapng {

namespace {

enum BlockType : uint32_t
{
    InterfaceDescription = 1,
    EnhancedPacket = 6,
    SectionHeader = 0x0A0D0D0A
};
constexpr uint32_t ByteOrderMagic = 0x1A2B3C4D;
constexpr uint16_t LinkTypeEthernet = 1;
constexpr uint8_t Nanoseconds = 9; ///< if_tsresol: a power of ten

enum Option : uint16_t
{
    EndOfOptions = 0,
    Comment = 1,
    InterfaceName = 2,
    PacketFlags = 2,
    UserApplication = 4,
    TimestampResolution = 9
};
constexpr uint32_t Inbound = 1; ///< the box's view: to the box
constexpr uint32_t Outbound = 2;

constexpr std::string_view Application = "Boxgate";
constexpr std::string_view Interface = "eth0";
constexpr size_t OptionHeader = 4;
constexpr size_t LowestBlock = 12; ///< type, length, length again
constexpr size_t PacketFixedPart = 28; ///< up to the frame's bytes

constexpr size_t padded(size_t bytes) { return (bytes + 3) & ~size_t(3); }

std::span<const uint8_t> bytesOf(std::string_view text)
{
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

/// Fills one block from its begin to its end; what it does not know is that the block is large enough.
class BlockWriter
{
public:
    BlockWriter(uint8_t *block, BlockType type, size_t size)
        : m_at(block)
        , m_size(uint32_t(size))
    {
        number32(type);
        number32(m_size);
    }

    void number16(uint32_t value)
    {
        *m_at++ = uint8_t(value);
        *m_at++ = uint8_t(value >> 8);
    }
    void number32(uint32_t value)
    {
        number16(value);
        number16(value >> 16);
    }
    void bytes(std::span<const uint8_t> value) { m_at = std::copy(value.begin(), value.end(), m_at); }
    void pad(size_t written) { m_at = std::fill_n(m_at, padded(written) - written, uint8_t(0)); }
    void option(Option code, std::span<const uint8_t> value)
    {
        number16(code);
        number16(uint32_t(value.size()));
        bytes(value);
        pad(value.size());
    }
    void end()
    {
        option(EndOfOptions, {});
        number32(m_size);
    }

private:
    uint8_t *m_at;
    uint32_t m_size;
};

uint32_t loadLe32(const uint8_t *from)
{
    return from[0] | uint32_t(from[1]) << 8 | uint32_t(from[2]) << 16 | uint32_t(from[3]) << 24;
}

/// Bytes of the character at the begin of text, or 0 when it is not UTF-8 or the zero that a reader takes for
/// the end. Source   RFC 3629 section 4
size_t characterSize(std::span<const uint8_t> text)
{
    const uint8_t first = text[0];
    if (first < 0x80)
        return first != 0 ? 1 : 0;
    const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size)
        return 0;
    const bool isTooLong = (first == 0xE0 && text[1] < 0xA0) || (first == 0xF0 && text[1] < 0x90);
    const bool isSurrogate = first == 0xED && text[1] > 0x9F;
    const bool isTooHigh = first == 0xF4 && text[1] > 0x8F;
    const auto continues = [](uint8_t byte) { return (byte & 0xC0) == 0x80; };
    if (isTooLong || isSurrogate || isTooHigh || !std::ranges::all_of(text.subspan(1, size - 1), continues))
        return 0;
    return size;
}

/// As much of a comment as is written.
std::span<const uint8_t> writtenPart(std::string_view comment)
{
    const auto text = bytesOf(comment.substr(0, LongestComment));
    size_t end = 0;
    while (end < text.size()) {
        const size_t size = characterSize(text.subspan(end));
        if (size == 0)
            break;
        end += size;
    }
    return text.first(end);
}

size_t blockSize(size_t frameBytes, size_t commentBytes)
{
    const size_t comment = commentBytes > 0 ? OptionHeader + padded(commentBytes) : 0;
    const size_t flags = OptionHeader + sizeof(uint32_t);
    return PacketFixedPart + padded(frameBytes) + comment + flags + OptionHeader + sizeof(uint32_t);
}

size_t writtenBytes(const Frame &frame)
{
    return std::min(frame.head.size() + frame.tail.size(), SnapLength);
}

} // namespace

void encodeHeader(std::span<uint8_t, HeaderSize> out)
{
    constexpr size_t SectionSize = 28 + OptionHeader + padded(Application.size()) + OptionHeader;
    constexpr size_t InterfaceSize =
        20 + OptionHeader + padded(Interface.size()) + OptionHeader + padded(1) + OptionHeader;
    static_assert(SectionSize + InterfaceSize == HeaderSize);

    BlockWriter section(out.data(), SectionHeader, SectionSize);
    section.number32(ByteOrderMagic);
    section.number16(1); // version 1.0
    section.number16(0);
    section.number32(0xFFFFFFFF); // the section's length, 64 bits: not known
    section.number32(0xFFFFFFFF);
    section.option(UserApplication, bytesOf(Application));
    section.end();

    BlockWriter description(out.data() + SectionSize, InterfaceDescription, InterfaceSize);
    description.number16(LinkTypeEthernet);
    description.number16(0);
    description.number32(SnapLength);
    description.option(InterfaceName, bytesOf(Interface));
    description.option(TimestampResolution, std::span(&Nanoseconds, 1));
    description.end();
}

size_t blockSize(const Frame &frame)
{
    return blockSize(writtenBytes(frame), writtenPart(frame.comment).size());
}

void encode(const Frame &frame, std::span<uint8_t> out)
{
    static_assert(LargestBlock == PacketFixedPart + padded(SnapLength) + 16 + OptionHeader + LongestComment);
    const size_t written = writtenBytes(frame);
    const auto head = frame.head.first(std::min(frame.head.size(), written));
    const auto comment = writtenPart(frame.comment);
    const uint64_t time = uint64_t(std::max<int64_t>(frame.unixNanoseconds, 0));
    const uint8_t flags[4] = {uint8_t(frame.way == Way::FromBox ? Outbound : Inbound)};

    BlockWriter block(out.data(), EnhancedPacket, blockSize(written, comment.size()));
    block.number32(0); // the one interface
    block.number32(uint32_t(time >> 32));
    block.number32(uint32_t(time));
    block.number32(uint32_t(written));
    block.number32(uint32_t(frame.head.size() + frame.tail.size()));
    block.bytes(head);
    block.bytes(frame.tail.first(written - head.size()));
    block.pad(written);
    if (!comment.empty())
        block.option(Comment, comment);
    block.option(PacketFlags, flags);
    block.end();
}

WholeBlocks wholeBlocks(std::span<const uint8_t> piece)
{
    WholeBlocks whole;
    while (piece.size() >= LowestBlock) {
        const size_t size = loadLe32(piece.data() + 4);
        if (size < LowestBlock || size > piece.size())
            break;
        whole.bytes += size;
        whole.frames += loadLe32(piece.data()) == EnhancedPacket;
        piece = piece.subspan(size);
    }
    return whole;
}

} // namespace boxgate::net::pcapng
