#pragma once

#include "core/base/pendingreply.h"
#include "core/base/taskscope.h"
#include "core/control/controlframe.h"
#include "core/control/controlmessages.h"

#include <QHash>
#include <QObject>

#include <array>
#include <chrono>
#include <memory>
#include <optional>

QT_BEGIN_NAMESPACE
class QLocalSocket;
QT_END_NAMESPACE

namespace boxgate {

class ControlStream;

/// A client's connection to the runner of one box.
///
///     const QString socket = paths.controlSocket(id.toString());
///     auto opened = co_await ControlConnection::open(socket, 2s);
///     BOXGATE_CO_TRY(opened);
///     const std::unique_ptr<ControlConnection> connection = std::move(*opened);
///     const Result<QJsonObject> state = co_await connection->request(ControlMethod::State, {}, 2s);
///
/// Thread: the one that made it, with an event loop. Lifetime: its owner's; when it is destroyed or the
/// runner goes away, every request that waits ends with Unavailable and every stream is closed. Streams must
/// not outlive it, except that destroying them later is safe. Destroy it from the event loop (deleteLater()
/// or after a co_await), not inside one of its own signals.
class ControlConnection : public QObject
{
    Q_OBJECT

public:
    ~ControlConnection() override;

    /// Connects and waits for the runner's hello.
    /// Errors   NotFound: no such socket, or nobody listens (the box does not run); Denied; Timeout;
    ///          Protocol: what answers is not a runner of this protocol
    static Async<std::unique_ptr<ControlConnection>> open(QString socketPath,
                                                          std::chrono::milliseconds timeout);

    /// One request, one response. timeout  0 waits without limit
    /// Errors   the runner's own; Timeout; Unavailable: the runner went away; InvalidArgument: params above
    /// 256 KiB
    Async<QJsonObject> request(QString method, QJsonObject params, std::chrono::milliseconds timeout);

    /// A session-opening request (subscribe, exec, attach) that is not sent yet, so that its signals can be
    /// connected before anything arrives.
    std::unique_ptr<ControlStream> makeStream(const QString &method, const QJsonObject &params);

    bool isOpen() const;
    ControlHello hello() const { return m_hello; }

Q_SIGNALS:
    /// The runner went away or broke the protocol. Once; not when the owner destroys the connection.
    void closed(const boxgate::Error &why);

private:
    friend class ControlStream;

    ControlConnection();

    void readFrames();
    void dispatch(const ControlFrame &frame);
    void close(const Error &why);
    bool send(const QByteArray &frame);
    void forget(quint32 stream);

    QLocalSocket *m_socket;
    ControlFrameReader m_reader;
    ControlHello m_hello;
    QHash<quint32, ControlStream *> m_streams;
    quint32 m_nextStream = 1;
    bool m_sawHello = false;
    std::optional<Error> m_lost; ///< set once it is closed
    PendingReply<bool> m_greeted;
};

/// One request of a connection, and the session that it opens.
///
///     auto stream = connection->makeStream(ControlMethod::Exec, params.toJson());
///     connect(stream.get(), &ControlStream::dataReceived, ...);
///     const Result<QJsonObject> started = co_await stream->open(10s);
///
/// Credit: of each output channel 256 KiB may be under way. Whoever takes dataReceived() calls passOn() with
/// the bytes once they are written to where they go; without it the command stops, which is how a slow
/// terminal slows its command. Standard input goes the same way: send() takes what there is credit for,
/// writable() says when there is more.
///
/// Destroying an open stream cancels it: for exec that is a hang-up of the command.
class ControlStream : public QObject
{
    Q_OBJECT

public:
    ~ControlStream() override;

    /// Sends the request; returns the result in its response. Call once.
    /// Errors   as ControlConnection::request()
    Async<QJsonObject> open(std::chrono::milliseconds timeout);

    /// Its number on the connection, as `resize` and `signal` requests name it.
    quint32 number() const { return m_number; }
    bool isOpen() const { return m_phase == Phase::Opening || m_phase == Phase::Open; }

    /// Sends standard input as far as there is credit.
    /// Returns  how many bytes were taken from the front, maybe 0; the rest after the next writable()
    qsizetype send(QByteArrayView bytes);
    /// No more standard input. Call once everything was taken.
    void sendEnd();
    /// The bytes that dataReceived() brought were written: gives the sender credit for as many more.
    void passOn(ControlChannel channel, qsizetype bytes);
    void cancel();

Q_SIGNALS:
    void eventReceived(const QJsonObject &event);
    void dataReceived(boxgate::ControlChannel channel, const QByteArray &bytes);
    /// channel Stdout or Stderr: no more of it. Stdin: the command reads no more.
    void endReceived(boxgate::ControlChannel channel);
    /// There is credit for standard input again.
    void writable();
    /// The connection was lost under an open stream. Once; not after cancel() nor after the event that ends
    /// the session.
    void closed(const boxgate::Error &why);

private:
    friend class ControlConnection;

    enum class Phase
    {
        New,
        Opening,
        Open,
        Done
    };

    ControlStream(ControlConnection *connection, quint32 number, QString method, QJsonObject params);

    void take(const ControlFrame &frame);
    void takeResponse(const QByteArray &json);
    void takeEvent(const QByteArray &json);
    bool takeData(const ControlFrame &frame);
    bool takeCredit(const ControlFrame &frame);
    void lose(const Error &why);
    void finish();

    struct Window
    {
        quint32 held = 0; ///< received, credit not returned
        quint32 passedOn = 0; ///< of them, written by the user of the stream
    };

    ControlConnection *m_connection; ///< null once it is gone
    const quint32 m_number;
    const QString m_method;
    const QJsonObject m_params;
    Phase m_phase = Phase::New;
    quint32 m_sendCredit = ControlLimits::InitialCredit;
    std::array<Window, 3> m_windows;
    PendingReply<QJsonObject> m_response;
};

} // namespace boxgate
