#pragma once

#include "core/image/registry/authchallenge.h"
#include "core/image/registry/credentials.h"
#include "core/image/registry/httpclient.h"
#include "core/image/registry/registrysettings.h"
#include "core/image/registry/retrypolicy.h"

namespace boxgate {

/// Bounds of a conversation with registries.
struct RegistryLimits
{
    HttpLimits http;
    RetryPolicy retry;
    int parallelBlobs = 4;
};

/// What a registry answers to one question.
struct RegistryAnswer
{
    std::shared_ptr<HttpExchange> exchange; ///< the body is read from it
    std::optional<Error> refusal; ///< the status is not one of success
    std::optional<std::chrono::milliseconds> retryAfter;
};

/// Counts the failures of one piece of work, and waits between them.
class Attempts
{
public:
    explicit Attempts(const RetryPolicy &policy)
        : m_policy(policy)
    { }

    /// There was progress: failures before it no longer count.
    void forget() { m_failures = 0; }

    /// Waits before the next attempt.
    /// Errors   error itself when there is to be none; Cancelled
    Async<void> next(HttpClient *http, Error error, std::optional<std::chrono::milliseconds> retryAfter);

private:
    const RetryPolicy m_policy;
    int m_failures = 0;
};

/// Talks to one registry about one repository, and proves who the user is when it is asked to.
///
/// The token that is asked for allows to pull this repository and nothing else, whatever the registry says. A
/// login is sent to the registry itself and to the token server that it names, never after a redirect.
/// Thread: the main thread. Lifetime: outlives its coroutines.
/// Source   OCI distribution specification 1.1; distribution, "Token Authentication Specification"
class RegistrySession
{
public:
    /// repository   empty: about the registry as such, for a login
    /// login        nullopt: anonymous
    RegistrySession(const RegistryEndpoint &endpoint, const QString &repository,
                    const std::optional<Credentials> &login, const RegistryLimits &limits);

    const RegistryEndpoint &endpoint() const { return m_endpoint; }
    HttpClient *http() { return &m_http; }
    /// Whether it has asked who the user is.
    bool hasProvedWho() const { return !m_authorization.isEmpty(); }

    /// Reads the endpoint's CA file; a session without a check of it trusts the system's CAs alone.
    /// Errors   NotFound, Denied: it cannot be read; InvalidArgument: it holds no certificate
    static Result<QList<QSslCertificate>> loadCas(const RegistryEndpoint &endpoint);

    /// Asks once; a question for authentication is answered.
    /// path   behind /v2/<repository>/: "manifests/latest"
    /// what   for sentences: "image alpine:latest"
    /// Errors HttpClient::send()'s; Denied: the login is missing or not accepted. Other statuses are in the
    /// answer
    Async<RegistryAnswer> get(QString path, QString what, QByteArray accept, qint64 rangeBegin);

    struct Document
    {
        QByteArray bytes;
        QByteArray contentType;
        QByteArray digest; ///< as the header Docker-Content-Digest announces it; empty: not
    };
    /// A whole document, asked for again while that may help.
    /// Errors   get()'s; Denied, NotFound, Unavailable, Protocol: the registry's refusal; Corrupt: above most
    /// bytes
    Async<Document> document(QString path, QString what, QByteArray accept, qint64 most);

private:
    QUrl urlOf(const QString &path) const;
    Async<void> authorize(QByteArray challenges, QString what);
    Async<void> useBasic(QString what);
    Async<void> useBearer(AuthChallenge challenge, QString what);
    Result<HttpRequest> tokenRequest(const AuthChallenge &challenge) const;
    Async<RegistryAnswer> answerOf(std::shared_ptr<HttpExchange> exchange, QString what);
    QByteArray basicHeader() const;

    const RegistryEndpoint m_endpoint;
    const QString m_repository;
    const std::optional<Credentials> m_login;
    const RegistryLimits m_limits;
    HttpClient m_http;
    QByteArray m_authorization;
};

} // namespace boxgate
