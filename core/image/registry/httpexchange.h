#pragma once

#include "core/base/pendingreply.h"
#include "core/base/taskscope.h"

#include <QNetworkReply>
#include <QPointer>

#include <chrono>
#include <memory>

namespace boxgate {

/// Bounds of what a server may do.
struct HttpLimits
{
    std::chrono::milliseconds inactivity{std::chrono::seconds(30)}; ///< without a byte
    int documentFactor = 4; ///< a document takes so many times inactivity at most
    qint64 bufferBytes = 1 << 20; ///< of a body that nobody has read yet
    int redirects = 8;
};

/// What a server has done before.
enum class ServerHistory
{
    None, ///< when it refuses a connection, nothing is there
    Answered ///< when it refuses one, it may be back soon
};

/// One request on its way and the answer to it.
///
/// Thread: the main thread. Lifetime: shared by the coroutines that use it; the request ends with the last of
/// them.
class HttpExchange : public QObject
{
    Q_OBJECT

public:
    /// reply   owned from now on
    HttpExchange(QNetworkReply *reply, const HttpLimits &limits, ServerHistory history);
    ~HttpExchange() override;

    /// Waits for status and headers.
    /// Errors   HttpClient::send()'s
    Async<void> untilHead();

    // After untilHead():
    int status() const;
    QUrl url() const { return m_reply->url(); }
    QByteArray header(const char *name) const { return m_reply->rawHeader(name); }
    /// -1: not announced
    qint64 contentLength() const;

    /// The next bytes of the body, at least one; empty at its end.
    /// Errors   as untilHead(): the end came before the announced length
    Async<QByteArray> read(qint64 most);
    /// The whole body.
    /// Errors   as read(); Corrupt: above most bytes
    Async<QByteArray> readAll(qint64 most);

    void cancel();

private:
    Async<void> untilChange();
    void wake();
    Error failure() const;
    Error tlsFailure() const;

    /// Its manager may end before this: QCoro destroys a coroutine's parameters only after whoever awaited it
    /// has gone on.
    QPointer<QNetworkReply> m_reply;
    const HttpLimits m_limits;
    const ServerHistory m_history;
    const QString m_host;
    QString m_tlsReason;
    qint64 m_received = 0; ///< of the body
    PendingReply<void> m_change;
    bool m_isCancelled = false;
};

} // namespace boxgate
