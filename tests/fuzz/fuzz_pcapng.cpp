#include "net/capture/pcapng.h"

#include "tests/net/capture/pcapngreader.h"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace boxgate::net;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// Takes pieces off the input; short ones at its end.
class Input
{
public:
    Input(const uint8_t *data, size_t size)
        : m_left(data, size)
    { }

    bool isEmpty() const { return m_left.empty(); }
    std::span<const uint8_t> bytes(size_t size)
    {
        const auto taken = m_left.first(std::min(size, m_left.size()));
        m_left = m_left.subspan(taken.size());
        return taken;
    }
    template <typename Number> Number number()
    {
        Number value = 0;
        const auto taken = bytes(sizeof value);
        std::copy(taken.begin(), taken.end(), reinterpret_cast<uint8_t *>(&value));
        return value;
    }

private:
    std::span<const uint8_t> m_left;
};

/// A frame and what it is made of.
struct Source
{
    std::vector<uint8_t> bytes;
    size_t headSize = 0;
    std::string comment;
    pcapng::Frame frame;
};

/// A frame of at least so many bytes.
Source nextFrame(Input &input, size_t lowestSize)
{
    Source source;
    const auto shape = input.number<uint8_t>();
    source.frame.way = (shape & 1) != 0 ? pcapng::Way::ToBox : pcapng::Way::FromBox;
    source.frame.unixNanoseconds = (shape & 2) != 0 ? input.number<int64_t>() : input.number<uint16_t>();
    const auto bytes = input.bytes((shape & 4) != 0 ? input.number<uint16_t>() : input.number<uint8_t>());
    source.bytes.assign(bytes.begin(), bytes.end());
    source.bytes.resize(std::max(source.bytes.size(), lowestSize), shape);
    source.headSize = input.number<uint16_t>() % (source.bytes.size() + 1);
    const auto comment = input.bytes((shape & 8) != 0 ? input.number<uint16_t>() % 1024 : 0);
    source.comment.assign(comment.begin(), comment.end());
    if ((shape & 16) != 0)
        source.comment.insert(0, pcapng::LongestComment - 3, 'c');
    return source;
}

bool isUtf8(const std::string &text)
{
    for (size_t at = 0; at < text.size();) {
        const auto byte = [&](size_t index) { return index < text.size() ? uint8_t(text[index]) : 0u; };
        uint32_t value = byte(at);
        const size_t more = value < 0x80 ? 0 : value < 0xE0 ? 1 : value < 0xF0 ? 2 : 3;
        value &= more == 0 ? 0x7F : 0x3F >> more;
        for (size_t index = at + 1; index <= at + more; ++index) {
            if ((byte(index) & 0xC0) != 0x80)
                return false;
            value = value << 6 | (byte(index) & 0x3F);
        }
        constexpr uint32_t Lowest[] = {1, 0x80, 0x800, 0x10000};
        if (uint8_t(text[at]) >> 6 == 2 || uint8_t(text[at]) >= 0xF8 || value < Lowest[more]
            || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
            return false;
        at += more + 1;
    }
    return true;
}

void compare(const pcapngreader::Frame &read, const Source &source)
{
    require(read.originalSize == source.bytes.size());
    require(read.bytes.size() == std::min(source.bytes.size(), pcapng::SnapLength));
    require(std::equal(read.bytes.begin(), read.bytes.end(), source.bytes.begin()));
    require(read.time == uint64_t(std::max<int64_t>(source.frame.unixNanoseconds, 0)));
    require(read.flags == (source.frame.way == pcapng::Way::FromBox ? 2u : 1u));
    require(read.comment.size() <= pcapng::LongestComment && source.comment.starts_with(read.comment));
    require(isUtf8(read.comment));
    if (source.comment.size() <= pcapng::LongestComment && isUtf8(source.comment))
        require(read.comment == source.comment);
}

} // namespace

/// The input is a series of frames with their ways, times, splits and comments. What is written is read back,
/// and each block has the size that was told; a file that is cut anywhere has as many whole blocks as fit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    std::vector<Source> sources;
    std::vector<uint8_t> file(pcapng::HeaderSize);
    pcapng::encodeHeader(std::span(file).first<pcapng::HeaderSize>());
    std::vector<size_t> ends;
    const auto cut = input.number<uint16_t>();
    while (!input.isEmpty() && sources.size() < 8) {
        // Rarely, because it takes long: one about as long as a frame is written.
        const size_t lowestSize = sources.empty() && cut >= 65500 ? cut + size_t(25) : 0;
        Source &source = sources.emplace_back(nextFrame(input, lowestSize));
        source.frame.head = std::span(source.bytes).first(source.headSize);
        source.frame.tail = std::span(source.bytes).subspan(source.headSize);
        source.frame.comment = source.comment;
        std::vector<uint8_t> block(pcapng::blockSize(source.frame), 0xAA); // of its own: no byte beyond it
        require(block.size() <= pcapng::LargestBlock);
        pcapng::encode(source.frame, block);
        file.insert(file.end(), block.begin(), block.end());
        ends.push_back(file.size());
    }
    const auto read = pcapngreader::read(file);
    require(read && read->frames.size() == sources.size());
    for (size_t index = 0; index < sources.size(); ++index)
        compare(read->frames[index], sources[index]);

    const size_t left = cut % (file.size() + 1);
    const auto whole = pcapng::wholeBlocks(std::span(file).first(left));
    require(whole.frames == size_t(std::ranges::count_if(ends, [&](size_t end) { return end <= left; })));
    require(whole.frames == 0 || whole.bytes == ends[whole.frames - 1]);
    pcapng::wholeBlocks({data, size}); // whatever it is, nothing beyond it is read
    return 0;
}
