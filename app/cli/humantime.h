#pragma once

#include <QString>

#include <chrono>

namespace boxgate::cli {

/// For people, at most two units: "4 s", "3 min 20 s", "5 h 3 min", "12 d 4 h". Negative counts as zero.
QString durationToDisplay(std::chrono::seconds duration);

} // namespace boxgate::cli
