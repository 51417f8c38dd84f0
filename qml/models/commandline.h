#pragma once

#include "core/model/boxspec.h"

namespace boxgate::ui {

/// One word as a POSIX shell reads it back unchanged: bare when it is harmless, else in single quotes.
QString shellQuoted(const QString &word);

/// Splits a line into words as a POSIX shell does: spaces, single and double quotes, backslash. No expansion
/// of any kind. Errors   InvalidArgument: a quote is not closed, or a backslash stands at the end
Result<QStringList> shellSplit(const QString &line);

/// The command that makes and starts a box like this one: "boxgate run -d --name web ... alpine:3.20 -- sleep
/// 60". Leaves out what the command line's own defaults already say.
QString runCommandLine(const BoxSpec &spec);

} // namespace boxgate::ui
