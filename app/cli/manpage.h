#pragma once

#include "app/cli/commandspec.h"

#include <QMap>
#include <QString>

namespace boxgate::cli {

/// The manual pages of a table of commands: boxgate(1), and one page for each verb and subcommand that is not
/// hidden. Made from the table that parsing and help come from, so they cannot disagree. Pure. version   of
/// Boxgate, for the foot of each page Returns   file name ("boxgate-net-allow.1") to contents, in man(7)'s
/// macros and ASCII
QMap<QString, QString> manPages(std::span<const CommandSpec> commands, const QString &version);

} // namespace boxgate::cli
