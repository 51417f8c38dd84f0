#pragma once

#include "core/guest/protocol/protocol.h"
#include "core/guest/protocol/wire.h"

#include <array>

namespace boxgate::guest {

/// u32 length, u8 type, u32 stream.
inline constexpr std::size_t FrameHeaderBytes = 9;

using FrameHeader = std::array<std::uint8_t, FrameHeaderBytes>;

struct Frame
{
    FrameType type{};
    std::uint32_t stream = 0;
    /// Belongs to the reader: valid until its next feed() or next().
    BytesView payload;
};

FrameHeader encodeFrameHeader(FrameType type, std::uint32_t stream, std::size_t payloadBytes);

/// A whole frame. The caller keeps the payload within maxPayloadBytes(type).
Bytes encodeFrame(FrameType type, std::uint32_t stream, BytesView payload);

/// A Data frame of at most MaxDataBytes of content.
Bytes encodeData(std::uint32_t stream, Channel channel, BytesView content);

/// The header and channel that precede `contentBytes` of content in a Data frame, for senders that gather.
std::array<std::uint8_t, FrameHeaderBytes + 1> encodeDataHeader(std::uint32_t stream, Channel channel,
                                                                std::size_t contentBytes);

/// Cuts a byte stream into frames. Feed it what arrived, then take frames until it needs more.
/// Memory   at most one whole frame beyond what was fed and not taken
/// Errors   an unknown type, a type the other side does not send, a length above the type's bound: the stream
/// has lost its
///          frames then, and every later next() says Malformed too
class FrameReader
{
public:
    enum class Status
    {
        Frame,
        NeedsMore,
        Malformed
    };

    /// from  who writes the stream that is read here
    explicit FrameReader(Sender from)
        : m_from(from)
    { }

    void feed(BytesView bytes);
    Status next(Frame &frame);

private:
    Sender m_from;
    Bytes m_buffer;
    std::size_t m_begin = 0;
    bool m_malformed = false;
};

} // namespace boxgate::guest
