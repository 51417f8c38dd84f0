#include "app/cli/gate/netjson.h"

#include <QDateTime>

#include <array>

namespace boxgate::cli {

namespace {

/// Unix milliseconds in the model's JSON.
constexpr std::array TimeKeys{"at",        "begun",    "last_activity",    "first_seen",
                              "last_seen", "last_use", "last_dns_error_at"};

} // namespace

QJsonObject withIsoTimes(QJsonObject report)
{
    for (const char *key : TimeKeys) {
        const auto field = report.find(QLatin1String(key));
        if (field == report.end())
            continue;
        const qint64 milliseconds = field->toInteger();
        const QDateTime time = QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC);
        *field = milliseconds > 0 ? QJsonValue(time.toString(Qt::ISODateWithMs)) : QJsonValue();
    }
    return report;
}

} // namespace boxgate::cli
