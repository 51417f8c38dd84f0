#include "core/image/registry/registrysession.h"

#include "core/image/registry/registryanswers.h"

#include <QFile>
#include <QUrlQuery>

namespace boxgate {

namespace {

constexpr qint64 MaxErrorBytes = 64 * 1024;
constexpr int Unauthorized = 401;
constexpr int RangeNotSatisfiable = 416;

bool isSuccess(int status) { return status == 200 || status == 206; }

} // namespace

Async<void> Attempts::next(HttpClient *http, Error error, std::optional<std::chrono::milliseconds> retryAfter)
{
    ++m_failures;
    const auto delay = m_policy.delayAfter(m_failures, error, retryAfter);
    if (!delay)
        co_return fail(error);
    const Result<void> paused = co_await http->pause(*delay);
    co_return paused;
}

Result<QList<QSslCertificate>> RegistrySession::loadCas(const RegistryEndpoint &endpoint)
{
    QList<QSslCertificate> certificates;
    if (endpoint.caFile.isEmpty())
        return certificates;
    constexpr qint64 mostBytes = 4 << 20;
    QFile file(endpoint.caFile);
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("The CA of %1, %2, cannot be read: %3")
                        .arg(endpoint.registry, endpoint.caFile, file.errorString()));
    }
    certificates = QSslCertificate::fromData(file.read(mostBytes), QSsl::Pem);
    if (certificates.isEmpty()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("The CA of %1, %2, holds no certificate in PEM form")
                        .arg(endpoint.registry, endpoint.caFile));
    }
    return certificates;
}

RegistrySession::RegistrySession(const RegistryEndpoint &endpoint, const QString &repository,
                                 const std::optional<Credentials> &login, const RegistryLimits &limits)
    : m_endpoint(endpoint)
    , m_repository(repository)
    , m_login(login)
    , m_limits(limits)
    , m_http(limits.http, loadCas(endpoint).value_or(QList<QSslCertificate>()))
{ }

QUrl RegistrySession::urlOf(const QString &path) const
{
    const QString scheme =
        m_endpoint.scheme == RegistryScheme::PlainHttp ? QStringLiteral("http") : QStringLiteral("https");
    const QString folder = m_repository.isEmpty() ? QString() : m_repository + QLatin1Char('/');
    return QUrl(QStringLiteral("%1://%2/v2/%3%4").arg(scheme, m_endpoint.host, folder, path));
}

QByteArray RegistrySession::basicHeader() const
{
    return "Basic " + (m_login->user + QLatin1Char(':') + m_login->secret).toUtf8().toBase64();
}

Async<RegistryAnswer> RegistrySession::get(QString path, QString what, QByteArray accept, qint64 rangeBegin)
{
    HttpRequest request;
    request.url = urlOf(path);
    request.accept = accept;
    request.rangeBegin = rangeBegin;
    request.authorization = m_authorization;
    Result<std::shared_ptr<HttpExchange>> exchange = co_await m_http.send(request);
    BOXGATE_CO_TRY(exchange);
    // Only the registry itself may ask who the user is, not where it redirects to.
    if ((*exchange)->status() == Unauthorized && isSameOrigin((*exchange)->url(), request.url)) {
        const QByteArray challenges = (*exchange)->header("WWW-Authenticate");
        exchange->reset();
        const Result<void> authorized = co_await authorize(challenges, what);
        BOXGATE_CO_TRY(authorized);
        request.authorization = m_authorization;
        exchange = co_await m_http.send(request);
        BOXGATE_CO_TRY(exchange);
    }
    const Result<RegistryAnswer> answer = co_await answerOf(*exchange, what);
    co_return answer;
}

Async<RegistryAnswer> RegistrySession::answerOf(std::shared_ptr<HttpExchange> exchange, QString what)
{
    RegistryAnswer answer;
    answer.exchange = exchange;
    const int status = exchange->status();
    if (isSuccess(status) || status == RangeNotSatisfiable)
        co_return answer;
    answer.retryAfter = parseRetryAfter(exchange->header("Retry-After"), QDateTime::currentDateTimeUtc());
    // The text is an extra: without it, or with too much of it, the status says enough.
    const Result<QByteArray> body = co_await exchange->readAll(MaxErrorBytes);
    if (!body && body.error().code == ErrorCode::Cancelled)
        co_return fail(body.error());
    const QString text = registryErrorText(body.value_or(QByteArray()));
    answer.refusal = errorOfStatus(status, m_endpoint.registry, what, text);
    co_return answer;
}

Async<RegistrySession::Document> RegistrySession::document(QString path, QString what, QByteArray accept,
                                                           qint64 most)
{
    Attempts attempts(m_limits.retry);
    for (;;) {
        Error error;
        std::optional<std::chrono::milliseconds> retryAfter;
        const Result<RegistryAnswer> answer = co_await get(path, what, accept, 0);
        if (!answer) {
            error = answer.error();
        } else if (answer->refusal) {
            error = *answer->refusal;
            retryAfter = answer->retryAfter;
        } else {
            const Result<QByteArray> bytes = co_await answer->exchange->readAll(most);
            if (bytes) {
                Document document{*bytes, answer->exchange->header("Content-Type"),
                                  answer->exchange->header("Docker-Content-Digest")};
                co_return document;
            }
            error = bytes.error();
        }
        const Result<void> again = co_await attempts.next(&m_http, error, retryAfter);
        BOXGATE_CO_TRY(again);
    }
}

Async<void> RegistrySession::authorize(QByteArray challenges, QString what)
{
    const QList<AuthChallenge> asked = parseAuthChallenges(challenges);
    for (const AuthChallenge &challenge : asked) {
        if (challenge.scheme == QLatin1String("bearer")) {
            const Result<void> authorized = co_await useBearer(challenge, what);
            co_return authorized;
        }
    }
    for (const AuthChallenge &challenge : asked) {
        if (challenge.scheme == QLatin1String("basic")) {
            const Result<void> authorized = co_await useBasic(what);
            co_return authorized;
        }
    }
    const QString scheme =
        asked.isEmpty() ? QStringLiteral("nothing known") : servedText(asked.first().scheme);
    co_return fail(ErrorCode::Denied,
                   QStringLiteral("%1 asks for a login in a way that Boxgate does not know: %2")
                       .arg(m_endpoint.registry, scheme));
}

Async<void> RegistrySession::useBasic(QString what)
{
    if (!m_login || m_login->kind != Credentials::Kind::Password) {
        co_return fail(ErrorCode::Denied,
                       QStringLiteral("%1 gives out %2 only after a login: 'boxgate login %1'")
                           .arg(m_endpoint.registry, what));
    }
    const QByteArray header = basicHeader();
    if (m_authorization == header) {
        co_return fail(
            ErrorCode::Denied,
            QStringLiteral("%1 does not accept the login of %2: 'boxgate login %1' makes a new one")
                .arg(m_endpoint.registry, m_login->user));
    }
    m_authorization = header;
    co_return {};
}

Result<HttpRequest> RegistrySession::tokenRequest(const AuthChallenge &challenge) const
{
    QUrl realm(challenge.parameters.value(QStringLiteral("realm")), QUrl::StrictMode);
    realm.setUserInfo({});
    const bool isEncrypted = realm.scheme() == QLatin1String("https");
    const bool isAllowed = isEncrypted
        || (realm.scheme() == QLatin1String("http") && m_endpoint.scheme == RegistryScheme::PlainHttp);
    if (!realm.isValid() || realm.host().isEmpty() || !isAllowed) {
        return fail(
            ErrorCode::Protocol,
            QStringLiteral("%1 names a token server that cannot be used: '%2'")
                .arg(m_endpoint.registry, servedText(challenge.parameters.value(QStringLiteral("realm")))));
    }
    QUrlQuery query(realm.query());
    const auto add = [&query](const QString &key, const QString &value) {
        if (!value.isEmpty())
            query.addQueryItem(key, QString::fromLatin1(QUrl::toPercentEncoding(value)));
    };
    add(QStringLiteral("service"), challenge.parameters.value(QStringLiteral("service")));
    if (!m_repository.isEmpty())
        add(QStringLiteral("scope"), QStringLiteral("repository:%1:pull").arg(m_repository));
    HttpRequest request;
    request.accept = "application/json";
    if (m_login && m_login->kind == Credentials::Kind::IdentityToken) {
        add(QStringLiteral("grant_type"), QStringLiteral("refresh_token"));
        add(QStringLiteral("client_id"), QStringLiteral("boxgate"));
        add(QStringLiteral("refresh_token"), m_login->secret);
        request.form = query.toString(QUrl::FullyEncoded).toLatin1();
    } else {
        if (m_login)
            request.authorization = basicHeader();
        realm.setQuery(query);
    }
    request.url = realm;
    return request;
}

Async<void> RegistrySession::useBearer(AuthChallenge challenge, QString what)
{
    const Result<HttpRequest> request = tokenRequest(challenge);
    BOXGATE_CO_TRY(request);
    const QString server = request->url.host();
    Attempts attempts(m_limits.retry);
    for (;;) {
        const HttpRequest question = *request;
        const Result<std::shared_ptr<HttpExchange>> exchange = co_await m_http.send(question);
        Result<QByteArray> body = fail(Error());
        if (exchange)
            body = co_await (*exchange)->readAll(RegistryToken::MaxJsonBytes);
        else
            body = fail(exchange.error());
        const int status = exchange ? (*exchange)->status() : 0;
        if (body && status == 200) {
            const Result<RegistryToken> token = RegistryToken::parse(*body);
            if (!token)
                co_return fail(token.error().in(
                    QStringLiteral("The token server %1 of %2").arg(server, m_endpoint.registry)));
            m_authorization = "Bearer " + token->token;
            co_return {};
        }
        if ((status == 401 || status == 403) && m_login) {
            co_return fail(
                ErrorCode::Denied,
                QStringLiteral("%1 does not accept the login of %2: 'boxgate login %1' makes a new one")
                    .arg(m_endpoint.registry,
                         m_login->user.isEmpty() ? QStringLiteral("this user") : m_login->user));
        }
        Error error =
            body ? errorOfStatus(status, m_endpoint.registry, what, registryErrorText(*body)) : body.error();
        std::optional<std::chrono::milliseconds> retryAfter;
        if (exchange)
            retryAfter = parseRetryAfter((*exchange)->header("Retry-After"), QDateTime::currentDateTimeUtc());
        const Result<void> again = co_await attempts.next(&m_http, error, retryAfter);
        BOXGATE_CO_TRY(again);
    }
}

} // namespace boxgate
