#pragma once

#include "core/base/taskscope.h"

#include <QByteArray>
#include <QStringList>

#include <chrono>

namespace boxgate {

/// How a short-lived program ended.
struct ProgramOutput
{
    int exitCode = 0; ///< 128 + signal when one killed it
    QByteArray output; ///< standard output
    QByteArray errors; ///< standard error
};

/// Runs a program to its end, with the C locale and no standard input. Each output is cut at 64 KiB.
/// Errors   NotFound, Denied: it cannot be executed; Timeout: it was killed after limit
Async<ProgramOutput> runProgram(QString program, QStringList arguments, std::chrono::milliseconds limit);

} // namespace boxgate
