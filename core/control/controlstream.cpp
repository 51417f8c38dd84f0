/// One request and the session it opens: declared in controlconnection.h.
#include "core/control/controlconnection.h"

#include <QTimer>

#include <algorithm>

namespace boxgate {

namespace {

/// Credit goes back in quarters of the window: the sender never waits for the last bytes, and returns stay
/// rare.
constexpr quint32 ReturnStep = ControlLimits::InitialCredit / 4;

Error broken(const QString &how)
{
    return Error{
        ErrorCode::Protocol, QStringLiteral("The box's runner broke the control protocol: ") + how, {}};
}

} // namespace

ControlStream::ControlStream(ControlConnection *connection, quint32 number, QString method,
                             QJsonObject params)
    : m_connection(connection)
    , m_number(number)
    , m_method(std::move(method))
    , m_params(std::move(params))
{
    connection->m_streams.insert(number, this);
}

ControlStream::~ControlStream()
{
    cancel();
    finish();
}

Async<QJsonObject> ControlStream::open(std::chrono::milliseconds timeout)
{
    if (!m_connection)
        co_return fail(ErrorCode::Unavailable, QStringLiteral("The box's runner went away"));
    const QByteArray json = ControlRequest{m_method, m_params}.encode();
    if (json.size() > qsizetype(ControlLimits::MaxJsonBytes)) {
        co_return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("The arguments and the environment are too long: together at most 256 KiB"));
    }
    if (!m_connection->send(encodeJsonFrame(ControlFrameType::Request, m_number, json)))
        co_return fail(*m_connection->m_lost);
    m_phase = Phase::Opening;
    if (timeout.count() > 0) {
        QTimer::singleShot(timeout, this, [this] {
            if (m_phase != Phase::Opening)
                return;
            m_connection->send(encodeCancelFrame(m_number));
            finish();
            m_response.deliver(
                fail(ErrorCode::Timeout,
                     QStringLiteral("The box's runner did not answer '%1' in time").arg(m_method)));
        });
    }
    // This object may be gone by the time it is answered.
    const PendingReply<QJsonObject> response = m_response;
    const Result<QJsonObject> answered = co_await response;
    co_return answered;
}

qsizetype ControlStream::send(QByteArrayView bytes)
{
    if (!isOpen())
        return 0;
    qsizetype sent = 0;
    while (sent < bytes.size() && m_sendCredit > 0) {
        const qsizetype piece =
            std::min({bytes.size() - sent, qsizetype(m_sendCredit), qsizetype(ControlLimits::MaxDataBytes)});
        m_connection->send(encodeDataFrame(m_number, ControlChannel::Stdin, bytes.sliced(sent, piece)));
        m_sendCredit -= quint32(piece);
        sent += piece;
    }
    return sent;
}

void ControlStream::sendEnd()
{
    if (isOpen())
        m_connection->send(encodeEndFrame(m_number, ControlChannel::Stdin));
}

void ControlStream::passOn(ControlChannel channel, qsizetype bytes)
{
    Window &window = m_windows[std::size_t(channel)];
    window.passedOn += quint32(std::min<qsizetype>(bytes, window.held - window.passedOn));
    if (window.passedOn < ReturnStep || !isOpen())
        return;
    m_connection->send(encodeCreditFrame(m_number, channel, window.passedOn));
    window.held -= window.passedOn;
    window.passedOn = 0;
}

void ControlStream::cancel()
{
    if (!isOpen())
        return;
    m_connection->send(encodeCancelFrame(m_number));
    finish();
    m_response.deliver(fail(ErrorCode::Cancelled, QStringLiteral("'%1' was cancelled").arg(m_method)));
}

void ControlStream::take(const ControlFrame &frame)
{
    // Whoever takes a signal may destroy this object: nothing of it is used after one.
    ControlConnection *const connection = m_connection;
    switch (frame.type) {
    case ControlFrameType::Response:
        takeResponse(frame.json);
        return;
    case ControlFrameType::Event:
        takeEvent(frame.json);
        return;
    case ControlFrameType::Data:
        if (!takeData(frame))
            connection->close(broken(QStringLiteral("it sent output without credit")));
        return;
    case ControlFrameType::Credit:
        if (!takeCredit(frame))
            connection->close(broken(QStringLiteral("it gave too much credit")));
        return;
    case ControlFrameType::End:
        Q_EMIT endReceived(frame.channel);
        return;
    case ControlFrameType::Request:
    case ControlFrameType::Cancel:
        connection->close(broken(QStringLiteral("it sent a client's frame")));
    }
}

void ControlStream::takeResponse(const QByteArray &json)
{
    if (m_phase != Phase::Opening) {
        m_connection->close(broken(QStringLiteral("it answered twice")));
        return;
    }
    const Result<QJsonObject> response = decodeResponse(json);
    const bool opensSession = m_method == ControlMethod::Subscribe || m_method == ControlMethod::Exec
        || m_method == ControlMethod::Copy || m_method == ControlMethod::Attach
        || m_method == ControlMethod::OpenNetwork;
    if (response && opensSession)
        m_phase = Phase::Open;
    else
        finish();
    m_response.deliver(response);
}

void ControlStream::takeEvent(const QByteArray &json)
{
    const Result<QJsonObject> event = decodeEvent(json);
    if (!event) {
        m_connection->close(event.error());
        return;
    }
    const QString name = event->value(QStringLiteral("event")).toString();
    if (name == ControlEvent::Exited || name == ControlEvent::Closed)
        finish();
    Q_EMIT eventReceived(*event);
}

bool ControlStream::takeData(const ControlFrame &frame)
{
    Window &window = m_windows[std::size_t(frame.channel)];
    if (frame.channel == ControlChannel::Stdin
        || frame.content.size() > ControlLimits::InitialCredit - window.held)
        return false;
    window.held += quint32(frame.content.size());
    Q_EMIT dataReceived(frame.channel, frame.content);
    return true;
}

bool ControlStream::takeCredit(const ControlFrame &frame)
{
    if (frame.channel != ControlChannel::Stdin || frame.bytes > ControlLimits::InitialCredit - m_sendCredit)
        return false;
    m_sendCredit += frame.bytes;
    Q_EMIT writable();
    return true;
}

void ControlStream::lose(const Error &why)
{
    const bool wasOpen = m_phase == Phase::Open;
    finish();
    m_response.deliver(fail(why));
    if (wasOpen)
        Q_EMIT closed(why);
}

void ControlStream::finish()
{
    if (m_connection)
        m_connection->forget(m_number);
    m_connection = nullptr;
    m_phase = Phase::Done;
}

} // namespace boxgate
