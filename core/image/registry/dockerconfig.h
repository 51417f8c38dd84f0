#pragma once

#include "core/base/result.h"
#include "core/image/registry/credentials.h"

#include <QMap>

#include <optional>

namespace boxgate {

/// What Docker's config.json says about logins: passwords, and programs that keep them. Boxgate's own file of
/// logins has the form of `auths`, too. Source   docker-login(1), "Credential stores" and "Credential
/// helpers"
struct DockerConfig
{
    QMap<QString, Credentials> logins; ///< by canonical registry
    QMap<QString, QString> helpers; ///< registry to the name behind docker-credential-
    QString store; ///< the helper for all other registries; empty: none

    static constexpr qsizetype MaxJsonBytes = 1 << 20;

    /// Other fields are ignored; an entry that cannot be understood is left out.
    /// Errors   InvalidArgument: above MaxJsonBytes, or no JSON object
    static Result<DockerConfig> parse(const QByteArray &json);
    /// The logins alone.
    QByteArray toJson() const;

    /// The helper to ask for a registry; empty: none.
    QString helperFor(const QString &registry) const;
};

/// The name under which Docker keeps a registry's login: a URL for Docker Hub, else the registry itself.
QString dockerServerName(const QString &registry);

/// What a credential helper says to `get`.
/// Errors   InvalidArgument: above 64 KiB, not JSON, or no Secret
/// Source   docker-credential-helpers, README: {"ServerURL", "Username", "Secret"}; the user <token> marks a
/// token
Result<Credentials> parseHelperAnswer(const QByteArray &json);

} // namespace boxgate
