#pragma once

#include <QString>

namespace boxgate {

/// Who a user is to a registry. Never logged, never part of an error.
struct Credentials
{
    enum class Kind
    {
        Password,
        IdentityToken ///< given out by a token server for later logins; user is empty
    };

    QString user;
    QString secret;
    Kind kind = Kind::Password;

    bool operator==(const Credentials &) const = default;
};

} // namespace boxgate
