#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Reads a capture back, strictly and without a line of the writer: whatever differs from the draft, or from
/// what one section with one interface needs, is no file. Little endian hosts only.
/// Source   IETF draft-ietf-opsawg-pcapng
namespace pcapngreader {

struct Frame
{
    uint64_t time = 0; ///< in units of the interface's resolution
    uint32_t originalSize = 0;
    std::vector<uint8_t> bytes;
    std::string comment;
    uint32_t flags = 0;
};

struct File
{
    std::string application;
    std::string interfaceName;
    uint16_t linkType = 0;
    uint32_t snapLength = 0;
    uint8_t resolution = 6;
    std::vector<Frame> frames;
};

class Bytes
{
public:
    explicit Bytes(std::span<const uint8_t> bytes)
        : m_left(bytes)
    { }

    bool isGood() const { return m_isGood; }
    bool isAtEnd() const { return m_left.empty(); }
    std::span<const uint8_t> take(size_t size)
    {
        if (size > m_left.size()) {
            m_isGood = false;
            m_left = {};
            return {};
        }
        const auto taken = m_left.first(size);
        m_left = m_left.subspan(size);
        return taken;
    }
    template <typename Number> Number number()
    {
        Number value = 0;
        if (const auto bytes = take(sizeof value); !bytes.empty())
            std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    /// A value and the zeros up to the next multiple of 4.
    std::span<const uint8_t> padded(size_t size)
    {
        const auto value = take(size);
        for (const uint8_t zero : take((4 - size % 4) % 4))
            m_isGood = m_isGood && zero == 0;
        return value;
    }

private:
    std::span<const uint8_t> m_left;
    bool m_isGood = true;
};

inline std::string text(std::span<const uint8_t> bytes) { return std::string(bytes.begin(), bytes.end()); }

/// Reads options up to their end, which must be the end of the block; each at most once.
template <typename Take> bool readOptions(Bytes &block, Take take)
{
    uint32_t seen = 0;
    while (block.isGood() && !block.isAtEnd()) {
        const auto code = block.number<uint16_t>();
        const auto value = block.padded(block.number<uint16_t>());
        if (code == 0)
            return block.isGood() && value.empty() && block.isAtEnd();
        if (code > 31 || (seen >> code & 1) != 0)
            return false;
        seen |= uint32_t(1) << code;
        if (!block.isGood() || !take(code, value))
            return false;
    }
    return false;
}

inline bool readSection(Bytes block, File &file)
{
    if (block.number<uint32_t>() != 0x1A2B3C4D || block.number<uint16_t>() != 1
        || block.number<uint16_t>() != 0 || block.number<uint64_t>() != ~uint64_t(0))
        return false;
    return readOptions(block, [&](uint16_t code, std::span<const uint8_t> value) {
        file.application = text(value);
        return code == 4;
    });
}

inline bool readInterface(Bytes block, File &file)
{
    file.linkType = block.number<uint16_t>();
    if (block.number<uint16_t>() != 0)
        return false;
    file.snapLength = block.number<uint32_t>();
    return readOptions(block, [&](uint16_t code, std::span<const uint8_t> value) {
        if (code == 2)
            file.interfaceName = text(value);
        else if (code == 9 && value.size() == 1)
            file.resolution = value[0];
        else
            return false;
        return true;
    });
}

inline bool readFrame(Bytes block, File &file)
{
    Frame frame;
    if (block.number<uint32_t>() != 0)
        return false;
    frame.time = uint64_t(block.number<uint32_t>()) << 32;
    frame.time |= block.number<uint32_t>();
    const auto size = block.number<uint32_t>();
    frame.originalSize = block.number<uint32_t>();
    const auto bytes = block.padded(size);
    frame.bytes.assign(bytes.begin(), bytes.end());
    if (size > frame.originalSize || size > file.snapLength)
        return false;
    const bool isGood = readOptions(block, [&](uint16_t code, std::span<const uint8_t> value) {
        if (code == 1 && !value.empty())
            frame.comment = text(value);
        else if (code == 2 && value.size() == 4)
            std::memcpy(&frame.flags, value.data(), 4);
        else
            return false;
        return true;
    });
    file.frames.push_back(std::move(frame));
    return isGood;
}

inline std::optional<File> read(std::span<const uint8_t> bytes)
{
    File file;
    Bytes rest(bytes);
    for (int index = 0; !rest.isAtEnd(); ++index) {
        const auto type = rest.number<uint32_t>();
        const auto size = rest.number<uint32_t>();
        if (size < 12 || size % 4 != 0)
            return std::nullopt;
        const Bytes body(rest.take(size - 12));
        if (rest.number<uint32_t>() != size || !rest.isGood())
            return std::nullopt;
        const bool isGood = index == 0 ? type == 0x0A0D0D0A && readSection(body, file)
            : index == 1               ? type == 1 && readInterface(body, file)
                                       : type == 6 && readFrame(body, file);
        if (!isGood)
            return std::nullopt;
    }
    return file;
}

} // namespace pcapngreader
