#include "core/control/controlconnection.h"

#include <QLocalSocket>
#include <QLoggingCategory>
#include <QPointer>
#include <QTimer>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logConnection, "boxgate.control.connection")

/// An honest runner never has more under way than the credit of the streams and a few events.
constexpr qint64 ReadBufferBytes = 1024 * 1024;

Error connectError(QLocalSocket::LocalSocketError error, const QString &path, const QString &text)
{
    const QString detail = path + QStringLiteral(": ") + text;
    switch (error) {
    case QLocalSocket::ServerNotFoundError:
    case QLocalSocket::ConnectionRefusedError:
        return Error{ErrorCode::NotFound, QStringLiteral("The box is not running"), detail};
    case QLocalSocket::SocketAccessError:
        return Error{ErrorCode::Denied, QStringLiteral("The box's control socket belongs to another user"),
                     detail};
    default:
        return Error{ErrorCode::Unavailable, QStringLiteral("The box's runner went away"), detail};
    }
}

} // namespace

ControlConnection::ControlConnection()
    : m_socket(new QLocalSocket(this))
{
    m_socket->setReadBufferSize(ReadBufferBytes);
    connect(m_socket, &QLocalSocket::readyRead, this, &ControlConnection::readFrames);
    connect(m_socket, &QLocalSocket::errorOccurred, this, [this](QLocalSocket::LocalSocketError error) {
        // What arrived before the end counts.
        const QPointer<ControlConnection> self(this);
        readFrames();
        if (self)
            close(connectError(error, m_socket->fullServerName(), m_socket->errorString()));
    });
}

ControlConnection::~ControlConnection()
{
    close(Error{ErrorCode::Cancelled, QStringLiteral("The connection to the box was closed"), {}});
    // It may be this socket's own signal that led here.
    m_socket->setParent(nullptr);
    m_socket->deleteLater();
}

Async<std::unique_ptr<ControlConnection>> ControlConnection::open(QString socketPath,
                                                                  std::chrono::milliseconds timeout)
{
    std::unique_ptr<ControlConnection> connection(new ControlConnection);
    ControlConnection *const raw = connection.get();
    if (timeout.count() > 0) {
        QTimer::singleShot(timeout, raw, [raw] {
            if (!raw->m_sawHello) {
                raw->close(Error{ErrorCode::Timeout, QStringLiteral("The box's runner does not answer"), {}});
            }
        });
    }
    raw->m_socket->connectToServer(socketPath);
    const PendingReply<bool> greeted = raw->m_greeted;
    const Result<bool> arrived = co_await greeted;
    BOXGATE_CO_TRY(arrived);
    co_return connection;
}

Async<QJsonObject> ControlConnection::request(QString method, QJsonObject params,
                                              std::chrono::milliseconds timeout)
{
    const std::unique_ptr<ControlStream> stream = makeStream(method, params);
    const Result<QJsonObject> response = co_await stream->open(timeout);
    co_return response;
}

std::unique_ptr<ControlStream> ControlConnection::makeStream(const QString &method, const QJsonObject &params)
{
    while (m_nextStream == 0 || m_streams.contains(m_nextStream))
        ++m_nextStream;
    return std::unique_ptr<ControlStream>(new ControlStream(this, m_nextStream++, method, params));
}

bool ControlConnection::isOpen() const { return m_sawHello && !m_lost; }

bool ControlConnection::send(const QByteArray &frame)
{
    if (m_lost)
        return false;
    m_socket->write(frame);
    return true;
}

void ControlConnection::forget(quint32 stream) { m_streams.remove(stream); }

void ControlConnection::readFrames()
{
    const QPointer<ControlConnection> self(this);
    // Qt warns on standard error of a read from a socket that never connected.
    if (m_socket->isOpen())
        m_reader.feed(m_socket->readAll());
    ControlFrame frame;
    while (self && !m_lost) {
        switch (m_reader.next(frame)) {
        case ControlFrameReader::Status::NeedsMore:
            return;
        case ControlFrameReader::Status::Malformed:
            close(Error{ErrorCode::Protocol, QStringLiteral("The box's runner sent a malformed frame"), {}});
            return;
        case ControlFrameReader::Status::Frame:
            dispatch(frame);
        }
    }
}

void ControlConnection::dispatch(const ControlFrame &frame)
{
    if (!m_sawHello) {
        Result<QJsonObject> event =
            fail(ErrorCode::Protocol, QStringLiteral("The runner did not greet first"));
        if (frame.type == ControlFrameType::Event && frame.stream == 0)
            event = decodeEvent(frame.json);
        const Result<ControlHello> hello = event ? ControlHello::fromJson(*event) : fail(event.error());
        if (!hello) {
            close(hello.error());
            return;
        }
        m_hello = *hello;
        m_sawHello = true;
        m_greeted.deliver(true);
        return;
    }
    // Frames for a stream that was cancelled cross with the cancel.
    if (ControlStream *const stream = m_streams.value(frame.stream))
        stream->take(frame);
}

void ControlConnection::close(const Error &why)
{
    if (m_lost)
        return;
    m_lost = why;
    m_greeted.deliver(fail(why));
    qCDebug(logConnection) << "connection closed:" << why;
    disconnect(m_socket, nullptr, this, nullptr);
    // Lets what is queued out first: a cancel or the end of standard input may be the last frame.
    m_socket->disconnectFromServer();
    QList<QPointer<ControlStream>> streams;
    for (ControlStream *const stream : std::as_const(m_streams))
        streams.append(stream);
    m_streams.clear();
    const QPointer<ControlConnection> self(this);
    for (const QPointer<ControlStream> &stream : streams) {
        if (stream)
            stream->lose(why);
    }
    if (self && why.code != ErrorCode::Cancelled)
        Q_EMIT closed(why);
}

} // namespace boxgate
