#include "net/transport/framecodec.h"

#include "net/wire/byteorder.h"

#include <cstring>

namespace boxgate::net {

FrameDecoder::FrameDecoder()
    : m_buffer(std::make_unique_for_overwrite<uint8_t[]>(BufferSize))
{
    static_assert(BufferSize >= 2 * (Prefix + HighestFrame));
}

std::span<uint8_t> FrameDecoder::room()
{
    if (m_begin > 0) {
        std::memmove(m_buffer.get(), m_buffer.get() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    return {m_buffer.get() + m_end, BufferSize - m_end};
}

void FrameDecoder::received(size_t bytes) { m_end += bytes; }

std::span<uint8_t> FrameDecoder::next()
{
    if (m_broken || m_end - m_begin < Prefix)
        return {};
    const size_t size = loadBe32(m_buffer.get() + m_begin);
    if (size < LowestFrame || size > HighestFrame) {
        m_broken = true;
        return {};
    }
    if (m_end - m_begin < Prefix + size)
        return {};
    const std::span<uint8_t> frame(m_buffer.get() + m_begin + Prefix, size);
    m_begin += Prefix + size;
    return frame;
}

void encodeFramePrefix(size_t frameSize, uint8_t *prefix) { storeBe32(prefix, uint32_t(frameSize)); }

} // namespace boxgate::net
