#include "net/transport/framecodec.h"

#include "net/wire/byteorder.h"

#include <algorithm>
#include <cstdlib>

namespace {

using boxgate::net::FrameDecoder;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// What the format says about a whole stream, without a buffer and without state.
class Expected
{
public:
    explicit Expected(std::span<const uint8_t> stream)
        : m_left(stream)
    { }

    bool isBroken() const
    {
        return m_left.size() >= FrameDecoder::Prefix
            && (size() < FrameDecoder::LowestFrame || size() > FrameDecoder::HighestFrame);
    }
    std::span<const uint8_t> next()
    {
        if (m_left.size() < FrameDecoder::Prefix || isBroken()
            || m_left.size() - FrameDecoder::Prefix < size())
            return {};
        const auto frame = m_left.subspan(FrameDecoder::Prefix, size());
        m_left = m_left.subspan(FrameDecoder::Prefix + frame.size());
        return frame;
    }

private:
    size_t size() const { return boxgate::net::loadBe32(m_left.data()); }

    std::span<const uint8_t> m_left;
};

} // namespace

/// The first byte chooses the chunk size. However the stream is cut, the frames are those of the format.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t chunk = data[0] + size_t(1);
    const std::span<const uint8_t> stream(data + 1, size - 1);
    Expected expected(stream);
    FrameDecoder decoder;
    for (size_t at = 0; at < stream.size() && !decoder.isBroken();) {
        const std::span<uint8_t> room = decoder.room();
        const size_t count = std::min({chunk, stream.size() - at, room.size()});
        require(count > 0); // a good stream always has room
        std::copy_n(stream.begin() + ptrdiff_t(at), count, room.begin());
        decoder.received(count);
        at += count;
        for (auto frame = decoder.next(); !frame.empty(); frame = decoder.next())
            require(std::ranges::equal(frame, expected.next()));
    }
    require(expected.next().empty());
    require(decoder.isBroken() == expected.isBroken());
    return 0;
}
