#include "app/cli/humantime.h"

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

} // namespace boxgate::cli
