#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QString>

#include <chrono>

namespace boxgate {

/// What a token server gives.
/// Source   distribution, "Token Authentication Specification": token or access_token, expires_in with 60 s
/// if absent
struct RegistryToken
{
    QByteArray token; ///< fit for a header
    std::chrono::seconds lifetime{60};

    static constexpr qsizetype MaxJsonBytes = 256 * 1024;
    static constexpr qsizetype MaxTokenBytes = 64 * 1024;

    /// Errors   Protocol: above MaxJsonBytes, not JSON, no token, or one that no header can carry
    static Result<RegistryToken> parse(const QByteArray &json);
};

/// The first message of an error document, in one printable line of at most 200 characters; empty when there
/// is none. Source   OCI distribution specification 1.1, section Error Codes
QString registryErrorText(const QByteArray &json);

/// The failure that an HTTP status other than success stands for.
/// registry   for the sentence
/// what       what was asked for: "the image alpine:latest"
/// text       registryErrorText() of the answer
/// Returns    Denied: 401, 403; NotFound: 404; Unavailable: 408, 429, 5xx; Protocol: any other
Error errorOfStatus(int status, const QString &registry, const QString &what, const QString &text);

/// Text of a server's, fit for a sentence: one line without control characters, at most 200 of them.
QString servedText(const QString &text);

} // namespace boxgate
