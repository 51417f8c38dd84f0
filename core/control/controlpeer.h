#pragma once

#include "core/base/result.h"
#include "core/control/controlframe.h"
#include "core/control/controlmessages.h"

#include <QHash>
#include <QObject>

QT_BEGIN_NAMESPACE
class QLocalSocket;
QT_END_NAMESPACE

namespace boxgate {

/// A client, seen from the runner: one accepted connection.
///
/// Thread: the main thread. Lifetime: the server's; after closed() it is deleted from the event loop.
/// Invariants: nothing the client sends is trusted: a malformed frame, a request on an open stream or
/// standard input beyond its credit ends the connection; frames for streams that have ended are ignored,
/// because they cross with the end. What waits to be written is bounded: events are merged or dropped above
/// SlowBytes, and above MaxQueuedBytes the client is cut off.
class ControlPeer : public QObject
{
    Q_OBJECT

public:
    /// Requests and sessions at once.
    static constexpr int MaxStreams = 64;
    static constexpr qint64 SlowBytes = 256 * 1024;
    /// The output that MaxStreams sessions may have under way is 32 MiB; the rest are responses.
    static constexpr qint64 MaxQueuedBytes = 48LL * 1024 * 1024;

    ControlPeer(QLocalSocket *socket, const ControlHello &hello, QObject *parent);
    ~ControlPeer() override;

    /// Answers a request and ends its stream.
    void respond(quint32 stream, const Result<QJsonObject> &outcome);
    /// Answers a request; the stream stays open as a session until endSession() or the client's cancel.
    void openSession(quint32 stream, const QJsonObject &result);
    /// Sends the session's last event.
    void endSession(quint32 stream, const QJsonObject &event);

    /// An event of which only the newest matters: a slow client gets it later, and only the last.
    void postLatest(quint32 stream, const QJsonObject &event);
    /// An event that a slow client does not get.
    void postDroppable(quint32 stream, const QJsonObject &event);

    /// Output of a session. The caller keeps to the credit that creditReceived() gives back.
    void sendData(quint32 stream, ControlChannel channel, QByteArrayView bytes);
    void sendEnd(quint32 stream, ControlChannel channel);
    /// The session's standard input was passed on: lets the client send as many more bytes.
    void sendCredit(quint32 stream, qsizetype bytes);

    bool isSession(quint32 stream) const;
    bool isClosed() const { return m_closed; }
    qint64 queuedBytes() const;
    void close();

Q_SIGNALS:
    void requestReceived(quint32 stream, const boxgate::ControlRequest &request);
    /// Standard input of a session.
    void dataReceived(quint32 stream, const QByteArray &bytes);
    void endReceived(quint32 stream);
    void creditReceived(quint32 stream, boxgate::ControlChannel channel, quint32 bytes);
    /// The client closed a request or session; its stream is over.
    void cancelled(quint32 stream);
    /// Once; all streams are over.
    void closed();
    /// Everything queued has been handed to the system.
    void drained();

private:
    struct Stream
    {
        bool session = false; ///< the request was answered by openSession()
        quint32 inputHeld = 0; ///< bytes of standard input received whose credit was not returned
        QJsonObject latest; ///< held back by postLatest()
    };

    void readFrames();
    void dispatch(const ControlFrame &frame);
    void takeRequest(const ControlFrame &frame);
    void takeInput(const ControlFrame &frame);
    void send(const QByteArray &frame);
    void sendJson(ControlFrameType type, quint32 stream, const QByteArray &json);
    void afterWrite();
    void breakOff(const QString &why);

    QLocalSocket *m_socket;
    ControlFrameReader m_reader;
    QHash<quint32, Stream> m_streams;
    bool m_closed = false;
};

} // namespace boxgate
