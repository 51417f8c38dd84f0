#include "core/control/controlframe.h"

#include <QtEndian>

namespace boxgate {

namespace {

using Limits = ControlLimits;

struct LengthBounds
{
    quint32 lowest;
    quint32 highest;
};

/// An impossible range for unknown types.
LengthBounds boundsOf(quint8 type)
{
    switch (ControlFrameType(type)) {
    case ControlFrameType::Request:
    case ControlFrameType::Response:
    case ControlFrameType::Event:
        return {2, Limits::MaxJsonBytes};
    case ControlFrameType::Data:
        return {2, Limits::MaxDataBytes + 1};
    case ControlFrameType::End:
        return {1, 1};
    case ControlFrameType::Credit:
        return {5, 5};
    case ControlFrameType::Cancel:
        return {0, 0};
    }
    return {1, 0};
}

bool isJson(ControlFrameType type) { return type <= ControlFrameType::Event; }

QByteArray header(ControlFrameType type, quint32 stream, qsizetype payloadBytes)
{
    QByteArray frame;
    frame.reserve(Limits::HeaderBytes + payloadBytes);
    frame.resize(Limits::HeaderBytes);
    qToLittleEndian(quint32(payloadBytes), frame.data());
    frame[4] = char(type);
    qToLittleEndian(stream, frame.data() + 5);
    return frame;
}

/// The part of a payload that depends on the type. False: a channel or a number that does not exist.
bool decodePayload(QByteArrayView payload, ControlFrame &frame)
{
    if (isJson(frame.type)) {
        frame.json = payload.toByteArray();
        return true;
    }
    if (frame.type == ControlFrameType::Cancel)
        return true;
    const auto channel = quint8(payload[0]);
    if (channel > quint8(ControlChannel::Stderr))
        return false;
    frame.channel = ControlChannel(channel);
    if (frame.type == ControlFrameType::Data)
        frame.content = payload.sliced(1).toByteArray();
    if (frame.type == ControlFrameType::Credit) {
        frame.bytes = qFromLittleEndian<quint32>(payload.data() + 1);
        return frame.bytes >= 1 && frame.bytes <= Limits::InitialCredit;
    }
    return true;
}

} // namespace

QByteArray encodeJsonFrame(ControlFrameType type, quint32 stream, QByteArrayView json)
{
    return header(type, stream, json.size()).append(json);
}

QByteArray encodeDataFrame(quint32 stream, ControlChannel channel, QByteArrayView content)
{
    return header(ControlFrameType::Data, stream, content.size() + 1).append(char(channel)).append(content);
}

QByteArray encodeEndFrame(quint32 stream, ControlChannel channel)
{
    return header(ControlFrameType::End, stream, 1).append(char(channel));
}

QByteArray encodeCreditFrame(quint32 stream, ControlChannel channel, quint32 bytes)
{
    QByteArray frame = header(ControlFrameType::Credit, stream, 5).append(char(channel));
    frame.resize(frame.size() + 4);
    qToLittleEndian(bytes, frame.data() + frame.size() - 4);
    return frame;
}

QByteArray encodeCancelFrame(quint32 stream) { return header(ControlFrameType::Cancel, stream, 0); }

void ControlFrameReader::feed(QByteArrayView bytes)
{
    if (m_malformed)
        return;
    if (m_begin > 0) {
        m_buffer.remove(0, m_begin);
        m_begin = 0;
    }
    m_buffer.append(bytes);
}

ControlFrameReader::Status ControlFrameReader::malformed()
{
    m_malformed = true;
    m_buffer.clear();
    m_begin = 0;
    return Status::Malformed;
}

ControlFrameReader::Status ControlFrameReader::next(ControlFrame &frame)
{
    if (m_malformed)
        return Status::Malformed;
    const QByteArrayView left = QByteArrayView(m_buffer).sliced(m_begin);
    if (left.size() < Limits::HeaderBytes)
        return Status::NeedsMore;
    const auto length = qFromLittleEndian<quint32>(left.data());
    const auto type = quint8(left[4]);
    const LengthBounds bounds = boundsOf(type);
    if (length < bounds.lowest || length > bounds.highest)
        return malformed();
    if (left.size() - Limits::HeaderBytes < qsizetype(length))
        return Status::NeedsMore;
    frame = ControlFrame();
    frame.type = ControlFrameType(type);
    frame.stream = qFromLittleEndian<quint32>(left.data() + 5);
    if (!decodePayload(left.sliced(Limits::HeaderBytes, length), frame))
        return malformed();
    m_begin += Limits::HeaderBytes + qsizetype(length);
    return Status::Frame;
}

} // namespace boxgate
