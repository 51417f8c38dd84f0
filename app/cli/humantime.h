#pragma once

#include "core/base/result.h"

#include <QDateTime>

#include <chrono>

namespace boxgate::cli {

/// For people, at most two units: "4 s", "3 min 20 s", "5 h 3 min", "12 d 4 h". Negative counts as zero.
QString durationToDisplay(std::chrono::seconds duration);

/// How long ago a moment was, in one unit: "3 s ago", "4 min ago", "5 h ago", "12 d ago"; "-" for none. A
/// moment of the future counts as now.
QString agoToDisplay(const QDateTime &moment, const QDateTime &now);

/// Reads "90s", "10m", "24h", "2d".
/// Errors   InvalidArgument: no such duration, none at all, or above a year
Result<std::chrono::seconds> durationFromText(const QString &text);

} // namespace boxgate::cli
