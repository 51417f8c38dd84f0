#include "core/guest/protocol/frame.h"

#include <algorithm>

namespace boxgate::guest {

namespace {

void storeU32(std::uint8_t *to, std::uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

} // namespace

bool isSentBy(FrameType type, Sender sender)
{
    switch (type) {
    case FrameType::Configure:
    case FrameType::Exec:
    case FrameType::Signal:
    case FrameType::Resize:
    case FrameType::Hangup:
    case FrameType::UsageRequest:
    case FrameType::SetClock:
    case FrameType::Shutdown:
    case FrameType::Copy:
        return sender == Sender::Host;
    case FrameType::Data:
    case FrameType::Eof:
    case FrameType::Credit:
        return true;
    case FrameType::Hello:
    case FrameType::Ready:
    case FrameType::Failed:
    case FrameType::Started:
    case FrameType::ExecFailed:
    case FrameType::Exited:
    case FrameType::Usage:
    case FrameType::Log:
    case FrameType::ShuttingDown:
        return sender == Sender::Agent;
    }
    return false;
}

std::size_t maxPayloadBytes(FrameType type)
{
    if (type == FrameType::Exec || type == FrameType::Configure)
        return MaxListPayloadBytes;
    return isSentBy(type, Sender::Host) || isSentBy(type, Sender::Agent) ? MaxPayloadBytes : 0;
}

FrameHeader encodeFrameHeader(FrameType type, std::uint32_t stream, std::size_t payloadBytes)
{
    FrameHeader header{};
    storeU32(header.data(), static_cast<std::uint32_t>(payloadBytes));
    header[4] = static_cast<std::uint8_t>(type);
    storeU32(header.data() + 5, stream);
    return header;
}

Bytes encodeFrame(FrameType type, std::uint32_t stream, BytesView payload)
{
    const FrameHeader header = encodeFrameHeader(type, stream, payload.size());
    Bytes frame;
    frame.reserve(header.size() + payload.size());
    frame.insert(frame.end(), header.begin(), header.end());
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

std::array<std::uint8_t, FrameHeaderBytes + 1> encodeDataHeader(std::uint32_t stream, Channel channel,
                                                                std::size_t contentBytes)
{
    std::array<std::uint8_t, FrameHeaderBytes + 1> start{};
    const FrameHeader header = encodeFrameHeader(FrameType::Data, stream, contentBytes + 1);
    std::copy(header.begin(), header.end(), start.begin());
    start.back() = static_cast<std::uint8_t>(channel);
    return start;
}

Bytes encodeData(std::uint32_t stream, Channel channel, BytesView content)
{
    const auto start = encodeDataHeader(stream, channel, content.size());
    Bytes frame;
    frame.reserve(start.size() + content.size());
    frame.insert(frame.end(), start.begin(), start.end());
    frame.insert(frame.end(), content.begin(), content.end());
    return frame;
}

void FrameReader::feed(BytesView bytes)
{
    if (m_malformed)
        return;
    // What was taken goes before the vector would have to grow, so that a byte moves at most once per frame.
    if (m_begin == m_buffer.size()) {
        m_buffer.clear();
        m_begin = 0;
    } else if (m_begin > 0 && m_buffer.size() + bytes.size() > m_buffer.capacity()) {
        m_buffer.erase(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(m_begin));
        m_begin = 0;
    }
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
}

FrameReader::Status FrameReader::next(Frame &frame)
{
    if (m_malformed)
        return Status::Malformed;
    const BytesView rest = BytesView(m_buffer).subspan(m_begin);
    if (rest.size() < FrameHeaderBytes)
        return Status::NeedsMore;
    ByteReader header(rest.first(FrameHeaderBytes));
    const std::size_t length = header.u32();
    const auto type = static_cast<FrameType>(header.u8());
    const std::uint32_t stream = header.u32();
    if (!isSentBy(type, m_from) || length > maxPayloadBytes(type)) {
        m_malformed = true;
        m_buffer = Bytes();
        m_begin = 0;
        return Status::Malformed;
    }
    if (rest.size() < FrameHeaderBytes + length)
        return Status::NeedsMore;
    frame.type = type;
    frame.stream = stream;
    frame.payload = rest.subspan(FrameHeaderBytes, length);
    m_begin += FrameHeaderBytes + length;
    return Status::Frame;
}

} // namespace boxgate::guest
