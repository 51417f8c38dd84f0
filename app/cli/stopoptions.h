#pragma once

#include "app/cli/argumentparser.h"

#include <chrono>

namespace boxgate::cli {

/// How long `stop` and `restart` wait.
inline constexpr OptionSpec StopTimeOption{"time", 0, "SECONDS",
                                           "How long to wait before the box is killed (default 10)"};

/// Errors   InvalidArgument: not 0 to 3600 seconds
Result<std::chrono::milliseconds> readStopTime(const Arguments &arguments);

} // namespace boxgate::cli
