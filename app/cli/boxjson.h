#pragma once

#include "core/client/boxservice.h"

#include <QJsonObject>

namespace boxgate::cli {

/// A box as `--json` prints it. Stable: fields are added, never renamed. Times are ISO 8601 in UTC; what does
/// not apply is null.
QJsonObject toJson(const BoxSummary &box);
QJsonObject toJson(const HostSummary &host);

} // namespace boxgate::cli
