#include "core/image/registry/httpexchange.h"

#include <QElapsedTimer>
#include <QSslError>

namespace boxgate {

namespace {

constexpr int FirstErrorStatus = 400;

QString hostOf(const QUrl &url)
{
    const QString host = url.host().contains(u':') ? QStringLiteral("[%1]").arg(url.host()) : url.host();
    return url.port() < 0 ? host : QStringLiteral("%1:%2").arg(host).arg(url.port());
}

bool isOfProxy(QNetworkReply::NetworkError error)
{
    return error >= QNetworkReply::ProxyConnectionRefusedError && error <= QNetworkReply::UnknownProxyError;
}

} // namespace

HttpExchange::HttpExchange(QNetworkReply *reply, const HttpLimits &limits, ServerHistory history)
    : m_reply(reply)
    , m_limits(limits)
    , m_history(history)
    , m_host(hostOf(reply->url()))
{
    m_reply->setReadBufferSize(m_limits.bufferBytes);
    connect(m_reply, &QNetworkReply::metaDataChanged, this, &HttpExchange::wake);
    connect(m_reply, &QNetworkReply::readyRead, this, &HttpExchange::wake);
    connect(m_reply, &QNetworkReply::finished, this, &HttpExchange::wake);
    connect(m_reply, &QNetworkReply::sslErrors, this, [this](const QList<QSslError> &errors) {
        if (!errors.isEmpty())
            m_tlsReason = errors.first().errorString();
    });
}

HttpExchange::~HttpExchange()
{
    if (!m_reply)
        return;
    m_reply->disconnect(this);
    m_reply->abort();
    m_reply->deleteLater();
}

int HttpExchange::status() const
{
    return m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
}

qint64 HttpExchange::contentLength() const
{
    bool isNumber = false;
    const qint64 length = header("Content-Length").toLongLong(&isNumber);
    return isNumber && length >= 0 ? length : -1;
}

void HttpExchange::wake() { m_change.deliver({}); }

void HttpExchange::cancel()
{
    m_isCancelled = true;
    wake();
}

Async<void> HttpExchange::untilChange()
{
    const Error cancelled{ErrorCode::Cancelled, QStringLiteral("The download was cancelled"), {}};
    if (m_isCancelled)
        co_return fail(cancelled);
    const Error stalled{ErrorCode::Timeout,
                        QStringLiteral("%1 has sent nothing for %2 s")
                            .arg(m_host)
                            .arg(double(m_limits.inactivity.count()) / 1000),
                        {}};
    m_change = PendingReply<void>(m_limits.inactivity, stalled);
    const PendingReply<void> change = m_change;
    const Result<void> woken = co_await change;
    BOXGATE_CO_TRY(woken);
    if (m_isCancelled)
        co_return fail(cancelled);
    co_return {};
}

Async<void> HttpExchange::untilHead()
{
    while (status() == 0) {
        if (m_reply->isFinished())
            co_return fail(failure());
        const Result<void> changed = co_await untilChange();
        BOXGATE_CO_TRY(changed);
    }
    co_return {};
}

Async<QByteArray> HttpExchange::read(qint64 most)
{
    while (m_reply->bytesAvailable() == 0) {
        if (m_reply->isFinished()) {
            // A status of an error is one to Qt, too; the caller has seen it. A connection that ends early is
            // none to Qt.
            const bool isWhole = status() >= FirstErrorStatus
                || (m_reply->error() == QNetworkReply::NoError && m_received >= contentLength());
            if (!isWhole)
                co_return fail(failure());
            co_return QByteArray();
        }
        const Result<void> changed = co_await untilChange();
        BOXGATE_CO_TRY(changed);
    }
    const QByteArray bytes = m_reply->read(most);
    m_received += bytes.size();
    co_return bytes;
}

Async<QByteArray> HttpExchange::readAll(qint64 most)
{
    const Error tooLarge{ErrorCode::Corrupt,
                         QStringLiteral("%1 sends a document of more than %2 bytes").arg(m_host).arg(most),
                         {}};
    if (contentLength() > most)
        co_return fail(tooLarge);
    QElapsedTimer sinceBegin;
    sinceBegin.start();
    QByteArray all;
    for (;;) {
        const Result<QByteArray> piece = co_await read(most + 1 - all.size());
        BOXGATE_CO_TRY(piece);
        if (piece->isEmpty())
            co_return all;
        all += *piece;
        if (all.size() > most)
            co_return fail(tooLarge);
        if (sinceBegin.elapsed() > m_limits.inactivity.count() * m_limits.documentFactor)
            co_return fail(ErrorCode::Timeout, QStringLiteral("%1 sends a document too slowly").arg(m_host));
    }
}

Error HttpExchange::tlsFailure() const
{
    const QString text = m_reply->errorString();
    if (text.contains(QLatin1String("wrong version number"))
        || text.contains(QLatin1String("packet length too long"))) {
        return {ErrorCode::Protocol,
                QStringLiteral(
                    "%1 does not speak TLS: if plain HTTP is all it speaks and you trust the way to it, "
                    "say so by 'boxgate registry set %1 --plain-http yes'")
                    .arg(m_host),
                text};
    }
    return {ErrorCode::Protocol,
            QStringLiteral(
                "%1 cannot prove who it is: %2; if it has a CA of its own, name that by 'boxgate registry "
                "set %1 --ca FILE'")
                .arg(m_host, m_tlsReason.isEmpty() ? text : m_tlsReason),
            text};
}

Error HttpExchange::failure() const
{
    const QNetworkReply::NetworkError error = m_reply->error();
    const QString text = m_reply->errorString();
    if (isOfProxy(error))
        return {ErrorCode::Io, QStringLiteral("The proxy on the way to %1 fails: %2").arg(m_host, text), {}};
    switch (error) {
    case QNetworkReply::HostNotFoundError:
        return {ErrorCode::Io,
                QStringLiteral("There is no host %1, or no network: check the name and the connection")
                    .arg(m_host),
                text};
    case QNetworkReply::ConnectionRefusedError:
        return {m_history == ServerHistory::None ? ErrorCode::Io : ErrorCode::Unavailable,
                QStringLiteral("%1 does not take connections: does it run?").arg(m_host), text};
    case QNetworkReply::SslHandshakeFailedError:
        return tlsFailure();
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolInvalidOperationError:
    case QNetworkReply::ProtocolUnknownError:
        return {ErrorCode::Protocol, QStringLiteral("%1 does not speak HTTP").arg(m_host), text};
    default:
        return {ErrorCode::Unavailable, QStringLiteral("The connection to %1 broke").arg(m_host), text};
    }
}

} // namespace boxgate
