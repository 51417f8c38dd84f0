#include "core/control/controlpeer.h"

#include <QLocalSocket>
#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logPeer, "boxgate.control.peer")

constexpr qint64 ReadBufferBytes = 1024 * 1024;

} // namespace

ControlPeer::ControlPeer(QLocalSocket *socket, const ControlHello &hello, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    m_socket->setParent(this);
    m_socket->setReadBufferSize(ReadBufferBytes);
    connect(m_socket, &QLocalSocket::readyRead, this, &ControlPeer::readFrames);
    connect(m_socket, &QLocalSocket::bytesWritten, this, &ControlPeer::afterWrite);
    connect(m_socket, &QLocalSocket::disconnected, this, &ControlPeer::close);
    sendJson(ControlFrameType::Event, 0, encodeEvent(hello.toJson()));
    // Bytes that came before the signals were connected.
    QMetaObject::invokeMethod(this, &ControlPeer::readFrames, Qt::QueuedConnection);
}

ControlPeer::~ControlPeer() { disconnect(m_socket, nullptr, this, nullptr); }

void ControlPeer::respond(quint32 stream, const Result<QJsonObject> &outcome)
{
    if (!m_streams.remove(stream))
        return;
    QByteArray json = outcome ? encodeResult(*outcome) : encodeError(outcome.error());
    if (json.size() > qsizetype(ControlLimits::MaxJsonBytes))
        json =
            encodeError(Error{ErrorCode::Internal, QStringLiteral("The answer is longer than 256 KiB"), {}});
    sendJson(ControlFrameType::Response, stream, json);
}

void ControlPeer::openSession(quint32 stream, const QJsonObject &result)
{
    const auto entry = m_streams.find(stream);
    if (entry == m_streams.end())
        return;
    entry->session = true;
    sendJson(ControlFrameType::Response, stream, encodeResult(result));
}

void ControlPeer::endSession(quint32 stream, const QJsonObject &event)
{
    if (m_streams.remove(stream))
        sendJson(ControlFrameType::Event, stream, encodeEvent(event));
}

void ControlPeer::postLatest(quint32 stream, const QJsonObject &event)
{
    const auto entry = m_streams.find(stream);
    if (entry == m_streams.end())
        return;
    if (queuedBytes() > SlowBytes) {
        entry->latest = event;
        return;
    }
    entry->latest = {};
    sendJson(ControlFrameType::Event, stream, encodeEvent(event));
}

void ControlPeer::postDroppable(quint32 stream, const QJsonObject &event)
{
    if (m_streams.contains(stream) && queuedBytes() <= SlowBytes)
        sendJson(ControlFrameType::Event, stream, encodeEvent(event));
}

void ControlPeer::sendData(quint32 stream, ControlChannel channel, QByteArrayView bytes)
{
    if (!isSession(stream))
        return;
    for (qsizetype at = 0; at < bytes.size(); at += ControlLimits::MaxDataBytes) {
        const qsizetype piece = std::min<qsizetype>(bytes.size() - at, ControlLimits::MaxDataBytes);
        send(encodeDataFrame(stream, channel, bytes.sliced(at, piece)));
    }
}

void ControlPeer::sendEnd(quint32 stream, ControlChannel channel)
{
    if (isSession(stream))
        send(encodeEndFrame(stream, channel));
}

void ControlPeer::sendCredit(quint32 stream, qsizetype bytes)
{
    const auto entry = m_streams.find(stream);
    if (entry == m_streams.end())
        return;
    const auto returned = quint32(std::min<qsizetype>(bytes, entry->inputHeld));
    if (returned == 0)
        return;
    entry->inputHeld -= returned;
    send(encodeCreditFrame(stream, ControlChannel::Stdin, returned));
}

bool ControlPeer::isSession(quint32 stream) const
{
    const auto entry = m_streams.find(stream);
    return entry != m_streams.end() && entry->session;
}

qint64 ControlPeer::queuedBytes() const { return m_socket->bytesToWrite(); }

void ControlPeer::close()
{
    if (m_closed)
        return;
    m_closed = true;
    disconnect(m_socket, nullptr, this, nullptr);
    m_socket->disconnectFromServer();
    m_streams.clear();
    Q_EMIT drained();
    Q_EMIT closed();
}

void ControlPeer::breakOff(const QString &why)
{
    qCWarning(logPeer).noquote() << "client cut off:" << why;
    m_socket->abort();
    close();
}

void ControlPeer::readFrames()
{
    if (m_closed)
        return;
    m_reader.feed(m_socket->readAll());
    ControlFrame frame;
    while (!m_closed) {
        switch (m_reader.next(frame)) {
        case ControlFrameReader::Status::NeedsMore:
            return;
        case ControlFrameReader::Status::Malformed:
            breakOff(QStringLiteral("malformed frame"));
            return;
        case ControlFrameReader::Status::Frame:
            dispatch(frame);
        }
    }
}

void ControlPeer::dispatch(const ControlFrame &frame)
{
    switch (frame.type) {
    case ControlFrameType::Request:
        takeRequest(frame);
        return;
    case ControlFrameType::Data:
        takeInput(frame);
        return;
    case ControlFrameType::End:
        if (m_streams.contains(frame.stream) && frame.channel == ControlChannel::Stdin)
            Q_EMIT endReceived(frame.stream);
        return;
    case ControlFrameType::Credit:
        if (isSession(frame.stream) && frame.channel != ControlChannel::Stdin)
            Q_EMIT creditReceived(frame.stream, frame.channel, frame.bytes);
        return;
    case ControlFrameType::Cancel:
        if (m_streams.remove(frame.stream))
            Q_EMIT cancelled(frame.stream);
        return;
    case ControlFrameType::Response:
    case ControlFrameType::Event:
        breakOff(QStringLiteral("a runner's frame from a client"));
    }
}

void ControlPeer::takeRequest(const ControlFrame &frame)
{
    if (frame.stream == 0 || m_streams.contains(frame.stream)) {
        breakOff(QStringLiteral("a request on a stream that is in use"));
        return;
    }
    const Result<ControlRequest> request = ControlRequest::decode(frame.json);
    const bool full = m_streams.size() >= MaxStreams;
    m_streams.insert(frame.stream, {});
    if (!request) {
        respond(frame.stream, fail(request.error()));
    } else if (full) {
        respond(frame.stream,
                fail(ErrorCode::Conflict,
                     QStringLiteral("One client may have %1 requests open at once: close some first")
                         .arg(MaxStreams)));
    } else {
        Q_EMIT requestReceived(frame.stream, *request);
    }
}

void ControlPeer::takeInput(const ControlFrame &frame)
{
    const auto entry = m_streams.find(frame.stream);
    if (entry == m_streams.end())
        return;
    if (frame.channel != ControlChannel::Stdin
        || frame.content.size() > ControlLimits::InitialCredit - entry->inputHeld) {
        breakOff(QStringLiteral("data without credit"));
        return;
    }
    // A client may send input right behind its request: whoever answers the request gets it.
    entry->inputHeld += quint32(frame.content.size());
    Q_EMIT dataReceived(frame.stream, frame.content);
}

void ControlPeer::send(const QByteArray &frame)
{
    if (m_closed)
        return;
    if (queuedBytes() > MaxQueuedBytes) {
        // Not here: the caller may be in the middle of its own state.
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (!m_closed)
                    breakOff(QStringLiteral("it does not read"));
            },
            Qt::QueuedConnection);
        return;
    }
    m_socket->write(frame);
}

void ControlPeer::sendJson(ControlFrameType type, quint32 stream, const QByteArray &json)
{
    send(encodeJsonFrame(type, stream, json));
}

void ControlPeer::afterWrite()
{
    if (m_closed)
        return;
    if (queuedBytes() <= SlowBytes) {
        for (auto entry = m_streams.begin(); entry != m_streams.end(); ++entry) {
            if (!entry->latest.isEmpty())
                sendJson(ControlFrameType::Event, entry.key(), encodeEvent(std::exchange(entry->latest, {})));
        }
    }
    if (queuedBytes() == 0)
        Q_EMIT drained();
}

} // namespace boxgate
