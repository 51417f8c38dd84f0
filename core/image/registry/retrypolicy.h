#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QDateTime>

#include <chrono>
#include <optional>

namespace boxgate {

/// When to ask a server again that has failed. A value.
struct RetryPolicy
{
    int attempts = 4; ///< in all, without progress between them
    std::chrono::milliseconds first{500}; ///< before the second attempt; doubled before each later one
    std::chrono::milliseconds longest{std::chrono::seconds(60)}; ///< that a server may ask to wait

    /// How long to wait before the next attempt; nullopt: give up.
    /// failures     so far without progress, at least 1
    /// retryAfter   what the server has asked for
    std::optional<std::chrono::milliseconds>
    delayAfter(int failures, const Error &error, std::optional<std::chrono::milliseconds> retryAfter) const;
};

/// Whether a server may well answer otherwise a moment later: it broke off, stalled, is too busy or out of
/// order.
bool isPassing(const Error &error);

/// Reads a Retry-After header: seconds or a date. nullopt: neither.
/// Source   RFC 9110, section 10.2.3
std::optional<std::chrono::milliseconds> parseRetryAfter(const QByteArray &value, const QDateTime &now);

} // namespace boxgate
