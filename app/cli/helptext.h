#pragma once

#include "app/cli/commandspec.h"

#include <QString>

namespace boxgate::cli {

/// `boxgate help`: every command with its summary. Pure.
QString overviewText(std::span<const CommandSpec> commands);

/// `boxgate help VERB`: use, details, options, examples. Pure.
/// path   the verb with its parents, "net mode"
QString helpText(const CommandSpec &command, const QString &path);

/// What the exit status of boxgate means, a paragraph.
QString exitStatusText();

/// One line: "boxgate exec [OPTIONS] BOX [--] COMMAND...".
QString usageLine(const CommandSpec &command, const QString &path);

} // namespace boxgate::cli
