#pragma once

#include "core/base/result.h"

namespace boxgate::cli {

enum class Echo
{
    On,
    Off ///< for secrets
};

/// Asks on the terminal behind this process, whatever standard input is, and waits for one line.
/// Errors   Unavailable: there is no terminal; Cancelled: Ctrl-C or the end of input
Result<QString> promptLine(const QString &question, Echo echo);

/// The first line of standard input, of at most 64 KiB.
/// Errors   InvalidArgument: it is empty or longer
Result<QString> readSecretFromInput();

} // namespace boxgate::cli
