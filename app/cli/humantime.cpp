#include "app/cli/humantime.h"

#include <QRegularExpression>

#include <algorithm>

namespace boxgate::cli {

namespace {

QString twoUnits(qint64 large, const char *largeUnit, qint64 small, const char *smallUnit)
{
    QString text = QStringLiteral("%1 %2").arg(large).arg(QLatin1String(largeUnit));
    if (small > 0)
        text += QStringLiteral(" %1 %2").arg(small).arg(QLatin1String(smallUnit));
    return text;
}

} // namespace

QString durationToDisplay(std::chrono::seconds duration)
{
    const qint64 seconds = std::max<qint64>(0, duration.count());
    if (seconds < 60)
        return QStringLiteral("%1 s").arg(seconds);
    if (seconds < 3600)
        return twoUnits(seconds / 60, "min", seconds % 60, "s");
    if (seconds < 86400)
        return twoUnits(seconds / 3600, "h", seconds % 3600 / 60, "min");
    return twoUnits(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}
QString agoToDisplay(const QDateTime &moment, const QDateTime &now)
{
    if (!moment.isValid())
        return QStringLiteral("-");
    const qint64 seconds = std::max<qint64>(0, moment.secsTo(now));
    if (seconds < 60)
        return QStringLiteral("%1 s ago").arg(seconds);
    if (seconds < 3600)
        return QStringLiteral("%1 min ago").arg(seconds / 60);
    if (seconds < 86400)
        return QStringLiteral("%1 h ago").arg(seconds / 3600);
    return QStringLiteral("%1 d ago").arg(seconds / 86400);
}

Result<std::chrono::seconds> durationFromText(const QString &text)
{
    static const QRegularExpression pattern(QStringLiteral("\\A([0-9]{1,9})([smhd])\\z"));
    constexpr qint64 year = 366 * 86400;
    const QRegularExpressionMatch match = pattern.match(text);
    if (match.hasMatch()) {
        const qint64 unit = match.captured(2) == QLatin1String("d") ? 86400
            : match.captured(2) == QLatin1String("h")               ? 3600
            : match.captured(2) == QLatin1String("m")               ? 60
                                                                    : 1;
        const qint64 seconds = match.captured(1).toLongLong() * unit;
        if (seconds > 0 && seconds <= year)
            return std::chrono::seconds(seconds);
    }
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a duration: write 90s, 10m, 24h or 2d").arg(text.left(40)));
}

} // namespace boxgate::cli
