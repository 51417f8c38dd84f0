#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QList>

namespace boxgate::cli {

/// A report as `--json` prints it: the times that the model keeps as numbers become ISO 8601 in UTC, none
/// becomes null. Pure.
QJsonObject withIsoTimes(QJsonObject report);

template <typename Report> QJsonArray toJsonArray(const QList<Report> &reports)
{
    QJsonArray array;
    for (const Report &report : reports)
        array.append(withIsoTimes(report.toJson()));
    return array;
}

} // namespace boxgate::cli
