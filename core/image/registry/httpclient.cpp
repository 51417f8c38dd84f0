#include "core/image/registry/httpclient.h"

#include <QHostAddress>
#include <QNetworkProxyFactory>
#include <QNetworkRequest>
#include <QSslConfiguration>

namespace boxgate {

namespace {

bool isLoopback(const QString &host)
{
    return host == QLatin1String("localhost") || host.endsWith(QLatin1String(".localhost"))
        || QHostAddress(host).isLoopback();
}

/// The system's settings, or the variables http_proxy, https_proxy and no_proxy; this machine itself is never
/// asked through a proxy.
class SystemProxies : public QNetworkProxyFactory
{
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        if (isLoopback(query.peerHostName()))
            return {QNetworkProxy(QNetworkProxy::NoProxy)};
        return systemProxyForQuery(query);
    }
};

bool isRedirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error cancelled() { return {ErrorCode::Cancelled, QStringLiteral("The download was cancelled"), {}}; }

} // namespace

bool isSameOrigin(const QUrl &a, const QUrl &b)
{
    const int defaultPort = a.scheme() == QLatin1String("https") ? 443 : 80;
    return a.scheme() == b.scheme() && a.host() == b.host() && a.port(defaultPort) == b.port(defaultPort);
}

Result<QUrl> redirectTarget(const QUrl &from, const QByteArray &location)
{
    constexpr qsizetype mostBytes = 16 * 1024;
    const QUrl relative = QUrl::fromEncoded(location.left(mostBytes), QUrl::StrictMode);
    QUrl target = from.resolved(relative);
    target.setUserInfo({});
    const bool isHttp = target.scheme() == QLatin1String("http") || target.scheme() == QLatin1String("https");
    if (location.isEmpty() || location.size() > mostBytes || !relative.isValid() || !isHttp
        || target.host().isEmpty()) {
        return fail(ErrorCode::Protocol, QStringLiteral("%1 redirects to nowhere").arg(from.host()),
                    QString::fromLatin1(location.left(200)));
    }
    if (from.scheme() == QLatin1String("https") && target.scheme() != QLatin1String("https")) {
        return fail(ErrorCode::Protocol,
                    QStringLiteral("%1 redirects to an unencrypted address of %2: refused")
                        .arg(from.host(), target.host()));
    }
    return target;
}

HttpClient::HttpClient(const HttpLimits &limits, const QList<QSslCertificate> &extraCas)
    : m_limits(limits)
{
    m_manager.setProxyFactory(new SystemProxies); // the manager's
    m_manager.setAutoDeleteReplies(false);
    if (extraCas.isEmpty())
        return;
    m_tls = QSslConfiguration::defaultConfiguration();
    m_tls->setCaCertificates(QSslConfiguration::systemCaCertificates() + extraCas);
}

std::shared_ptr<HttpExchange> HttpClient::begin(const HttpRequest &request)
{
    QNetworkRequest wire(request.url);
    wire.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    wire.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    wire.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    wire.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    // Blobs on one HTTP/2 connection share its window; on connections of their own they do not.
    wire.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    wire.setRawHeader("User-Agent", "boxgate");
    // Else Qt asks for gzip, unpacks it, and the bytes are no longer the digest's.
    wire.setRawHeader("Accept-Encoding", "identity");
    if (!request.accept.isEmpty())
        wire.setRawHeader("Accept", request.accept);
    if (!request.authorization.isEmpty())
        wire.setRawHeader("Authorization", request.authorization);
    if (request.rangeBegin > 0)
        wire.setRawHeader("Range", "bytes=" + QByteArray::number(request.rangeBegin) + '-');
    if (m_tls)
        wire.setSslConfiguration(*m_tls);
    QNetworkReply *reply = nullptr;
    if (request.form) {
        wire.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/x-www-form-urlencoded"));
        reply = m_manager.post(wire, *request.form);
    } else {
        reply = m_manager.get(wire);
    }
    const bool isKnown = m_answered.contains(request.url.authority());
    const auto exchange = std::make_shared<HttpExchange>(
        reply, m_limits, isKnown ? ServerHistory::Answered : ServerHistory::None);
    std::erase_if(m_running, [](const std::weak_ptr<HttpExchange> &other) { return other.expired(); });
    m_running.push_back(exchange);
    return exchange;
}

Async<std::shared_ptr<HttpExchange>> HttpClient::send(HttpRequest request)
{
    for (int redirects = 0;; ++redirects) {
        if (m_isCancelled)
            co_return fail(cancelled());
        const std::shared_ptr<HttpExchange> exchange = begin(request);
        const Result<void> head = co_await exchange->untilHead();
        BOXGATE_CO_TRY(head);
        m_answered.insert(request.url.authority());
        if (!isRedirect(exchange->status()))
            co_return exchange;
        if (redirects == m_limits.redirects || request.form) {
            co_return fail(ErrorCode::Protocol,
                           QStringLiteral("%1 redirects again and again").arg(request.url.host()));
        }
        const Result<QUrl> target = redirectTarget(request.url, exchange->header("Location"));
        BOXGATE_CO_TRY(target);
        if (!isSameOrigin(request.url, *target))
            request.authorization.clear();
        request.url = *target;
    }
}

Async<void> HttpClient::pause(std::chrono::milliseconds duration)
{
    if (m_isCancelled)
        co_return fail(cancelled());
    const Error over{ErrorCode::Timeout, {}, {}};
    const PendingReply<void> rest(std::max(duration, std::chrono::milliseconds(1)), over);
    m_pauses.append(rest);
    const Result<void> ended = co_await rest;
    m_pauses.removeIf([](const PendingReply<void> &other) { return other.isDelivered(); });
    if (m_isCancelled)
        co_return fail(cancelled());
    co_return {};
}

void HttpClient::cancel()
{
    m_isCancelled = true;
    for (const std::weak_ptr<HttpExchange> &running : m_running) {
        if (const std::shared_ptr<HttpExchange> exchange = running.lock())
            exchange->cancel();
    }
    for (const PendingReply<void> &rest : std::as_const(m_pauses))
        rest.deliver(fail(cancelled()));
}

} // namespace boxgate
