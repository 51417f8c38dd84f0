#include "core/image/registry/retrypolicy.h"

#include <QLocale>

#include <algorithm>

namespace boxgate {

bool isPassing(const Error &error)
{
    return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout;
}

std::optional<std::chrono::milliseconds>
RetryPolicy::delayAfter(int failures, const Error &error,
                        std::optional<std::chrono::milliseconds> retryAfter) const
{
    if (!isPassing(error) || failures >= attempts)
        return std::nullopt;
    if (retryAfter) {
        if (*retryAfter > longest)
            return std::nullopt;
        return std::max(*retryAfter, first);
    }
    constexpr int mostDoublings = 16;
    return std::min(first * (1 << std::min(failures - 1, mostDoublings)), longest);
}

std::optional<std::chrono::milliseconds> parseRetryAfter(const QByteArray &value, const QDateTime &now)
{
    const QByteArray text = value.trimmed();
    bool isNumber = false;
    const qint64 seconds = text.toLongLong(&isNumber);
    constexpr qint64 mostSeconds = 365LL * 24 * 3600;
    if (isNumber && seconds >= 0)
        return std::chrono::seconds(std::min(seconds, mostSeconds));
    QDateTime date = QLocale::c().toDateTime(QString::fromLatin1(text.left(64)),
                                             QStringLiteral("ddd, dd MMM yyyy hh:mm:ss 'GMT'"));
    if (!date.isValid())
        return std::nullopt;
    date.setTimeSpec(Qt::UTC);
    return std::chrono::milliseconds(std::clamp(now.msecsTo(date), qint64(0), mostSeconds * 1000));
}

} // namespace boxgate
