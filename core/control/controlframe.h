#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QtGlobal>

/// The frames between clients and a runner, over a Unix stream socket:
///     u32 length    bytes of payload, little-endian as every number here
///     u8  type      ControlFrameType
///     u32 stream    chosen by the client for each request, unique among its open ones; 0 is the connection
///     itself payload
/// Pure: bytes in, values out. Both sides use it, and neither trusts the other.
namespace boxgate {

enum class ControlFrameType : quint8
{
    Request = 1, ///< client: JSON {"method", "params"}
    Response = 2, ///< runner: JSON {"result"} or {"error"}; ends the stream unless the method opens a session
    Event = 3, ///< runner: JSON {"event", ...}
    Data = 4, ///< both: u8 channel, then at least one byte
    End = 5, ///< both: u8 channel; no more Data of it follows
    Credit = 6, ///< both: u8 channel, u32 bytes that its receiver has passed on
    Cancel = 7 ///< client: closes the stream
};

enum class ControlChannel : quint8
{
    Stdin = 0,
    Stdout = 1,
    Stderr = 2
};

struct ControlLimits
{
    static constexpr qsizetype HeaderBytes = 9;
    static constexpr quint32 MaxJsonBytes = 256 * 1024;
    /// Content bytes of one Data frame.
    static constexpr quint32 MaxDataBytes = 64 * 1024;
    /// Content bytes that a channel's sender may have under way before it is given more by Credit.
    static constexpr quint32 InitialCredit = 256 * 1024;
};

struct ControlFrame
{
    ControlFrameType type = ControlFrameType::Cancel;
    quint32 stream = 0;
    QByteArray json; ///< Request, Response, Event: the text, not parsed
    ControlChannel channel = ControlChannel::Stdin; ///< Data, End, Credit
    QByteArray content; ///< Data
    quint32 bytes = 0; ///< Credit: 1..InitialCredit

    bool operator==(const ControlFrame &) const = default;
};

/// type   Request, Response or Event. The caller keeps json within MaxJsonBytes.
QByteArray encodeJsonFrame(ControlFrameType type, quint32 stream, QByteArrayView json);
/// content   1..MaxDataBytes bytes
QByteArray encodeDataFrame(quint32 stream, ControlChannel channel, QByteArrayView content);
QByteArray encodeEndFrame(quint32 stream, ControlChannel channel);
QByteArray encodeCreditFrame(quint32 stream, ControlChannel channel, quint32 bytes);
QByteArray encodeCancelFrame(quint32 stream);

/// Cuts a byte stream into frames: feed() what arrived, then take frames with next() until it needs more.
/// Memory   what was fed and not taken; a length above the type's bound is refused from the header alone
/// Errors   an unknown type or channel, or a length that the type does not allow: the stream has lost its
/// frames then,
///          and every later next() says Malformed too
class ControlFrameReader
{
public:
    enum class Status
    {
        Frame,
        NeedsMore,
        Malformed
    };

    void feed(QByteArrayView bytes);
    Status next(ControlFrame &frame);

private:
    Status malformed();

    QByteArray m_buffer;
    qsizetype m_begin = 0;
    bool m_malformed = false;
};

} // namespace boxgate
