#pragma once

#include "core/image/registry/httpexchange.h"

#include <QList>
#include <QNetworkAccessManager>
#include <QSet>
#include <QSslCertificate>

#include <memory>
#include <optional>
#include <vector>

namespace boxgate {

/// One question to a server.
struct HttpRequest
{
    QUrl url; ///< http or https
    QByteArray accept; ///< empty: anything
    QByteArray authorization; ///< the header's value; empty: none. Never logged, never sent to another origin
    qint64 rangeBegin = 0; ///< above 0: only the bytes from there on
    std::optional<QByteArray> form; ///< POST of application/x-www-form-urlencoded; else GET
};

/// Asks HTTP servers, through the system's proxy where there is one. Keeps no cookies, no cache and no
/// passwords, follows redirects itself, and takes compressed bodies as they are: blobs are what their digest
/// says.
///
/// Thread: the main thread. Lifetime: outlives its coroutines; cancel() ends them soon.
class HttpClient : public QObject
{
    Q_OBJECT

public:
    /// extraCas   believed besides the system's
    explicit HttpClient(const HttpLimits &limits, const QList<QSslCertificate> &extraCas = {});

    /// The head of the answer, whatever its status, after redirects; the body is read from it.
    /// Errors   Cancelled; Timeout: a stall; Unavailable: the connection broke; Io: the host is unknown or
    /// has refused
    ///          from the start; Protocol: no TLS or none to be trusted, no HTTP, redirects that are none
    Async<std::shared_ptr<HttpExchange>> send(HttpRequest request);

    /// Waits.
    /// Errors   Cancelled
    Async<void> pause(std::chrono::milliseconds duration);

    /// Ends everything under way, now and from now on.
    void cancel();
    bool isCancelled() const { return m_isCancelled; }

private:
    std::shared_ptr<HttpExchange> begin(const HttpRequest &request);

    const HttpLimits m_limits;
    std::optional<QSslConfiguration> m_tls;
    QNetworkAccessManager m_manager;
    QSet<QString> m_answered; ///< hosts that have answered once
    std::vector<std::weak_ptr<HttpExchange>> m_running;
    QList<PendingReply<void>> m_pauses;
    bool m_isCancelled = false;
};

/// Whether both mean the same server: scheme, host and port.
bool isSameOrigin(const QUrl &a, const QUrl &b);

/// Where a redirect leads.
/// Errors   Protocol: nowhere, to something that is not HTTP, or from an encrypted connection to a plain one
Result<QUrl> redirectTarget(const QUrl &from, const QByteArray &location);

} // namespace boxgate
