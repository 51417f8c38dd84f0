#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace boxgate::net {

/// Cuts the byte stream of QEMU's `-netdev stream` into frames: each is its size (uint32, network byte order)
/// and its bytes.
///
/// Bytes are received straight into room(), so that a frame is parsed where it was read. Thread: net.
/// Bounded: it never holds more than one buffer. A size outside LowestFrame..HighestFrame breaks the stream
/// for good. Source   QEMU net/stream.c
class FrameDecoder
{
public:
    static constexpr size_t Prefix = 4;
    static constexpr size_t LowestFrame =
        1; ///< shorter than an Ethernet header is dropped later, and counted
    static constexpr size_t HighestFrame = 68 * 1024; ///< QEMU's own limit, NET_BUFSIZE
    /// QEMU writes one frame per call; a large buffer takes what has piled up.
    static constexpr size_t BufferSize = 256 * 1024;

    FrameDecoder();

    /// Where to receive the next bytes; never empty while the stream is good.
    std::span<uint8_t> room();
    /// Says how many bytes were received into room().
    void received(size_t bytes);

    /// The next whole frame, valid until room() is called; empty when more bytes are needed.
    std::span<uint8_t> next();

    bool isBroken() const { return m_broken; }

private:
    std::unique_ptr<uint8_t[]> m_buffer; ///< BufferSize bytes; pages that no burst reaches are never touched
    size_t m_begin = 0; ///< first byte not yet handed out
    size_t m_end = 0; ///< end of the received bytes
    bool m_broken = false;
};

/// Writes a frame's prefix.
void encodeFramePrefix(size_t frameSize, uint8_t *prefix);

} // namespace boxgate::net
