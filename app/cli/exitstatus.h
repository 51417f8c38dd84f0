#pragma once

#include "core/base/error.h"

namespace boxgate::cli {

/// The exit statuses of the program besides the box's command's own.
struct ExitStatus
{
    static constexpr int Blocked = 1; ///< of `net test`
    static constexpr int BoxgateFailed = 125; ///< Boxgate's own errors, wrong use included, as with docker
    static constexpr int NotExecutable = 126; ///< the command exists and cannot be run, or not as that user
    static constexpr int CommandNotFound = 127;
    static constexpr int OfSignal = 128; ///< plus its number
};

/// The status for an error that ends the program: 126 or 127 when a command could not be executed in the box,
/// 130 when Ctrl-C has ended it, else 125.
int exitStatusOf(const Error &error);

} // namespace boxgate::cli
