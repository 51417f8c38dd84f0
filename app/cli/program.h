#pragma once

#include "app/cli/commandspec.h"

#include <QStringList>

namespace boxgate::cli {

/// The whole program behind main(): reads the command line, does what it says, prints errors.
/// words    the command line without the program's name
/// Returns  the exit status
int runProgram(std::span<const CommandSpec> commands, const QStringList &words);

} // namespace boxgate::cli
