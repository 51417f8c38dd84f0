#pragma once

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

namespace boxgate {

/// One way in which a server asks for authentication: the scheme and its parameters, both with lower-case
/// names. Source   RFC 9110, section 11.6.1
struct AuthChallenge
{
    QString scheme; ///< "bearer", "basic"
    QHash<QString, QString> parameters; ///< "realm", "service"

    static constexpr qsizetype MaxHeaderBytes = 16 * 1024;
    static constexpr qsizetype MaxChallenges = 16;
    static constexpr qsizetype MaxParameters = 32;

    bool operator==(const AuthChallenge &) const = default;
};

/// Reads the value of a WWW-Authenticate header, which may list several challenges. What cannot be understood
/// ends the list: the challenges before it are kept. Pure.
QList<AuthChallenge> parseAuthChallenges(const QByteArray &header);

} // namespace boxgate
