#pragma once

#include "core/client/imageoperations.h"

#include <QJsonArray>
#include <QJsonObject>

namespace boxgate::cli {

/// Images as `--json` prints them. Stable: fields are added, never renamed. Sizes are bytes, times ISO 8601
/// in UTC; what does not apply is null.
QJsonObject toJson(const ImageUsage &usage);
QJsonObject toJson(const ImageDetails &details);
QJsonObject toJson(const StoredImage &image);
QJsonObject toJson(const PruneReport &report);
QJsonArray toJson(const QList<HistoryStep> &history);

} // namespace boxgate::cli
