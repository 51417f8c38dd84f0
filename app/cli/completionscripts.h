#pragma once

#include <QString>
#include <QStringList>

namespace boxgate::cli {

/// The shells there are scripts for: "bash", "zsh", "fish".
QStringList completionShells();

/// The script that makes a shell complete boxgate's command lines by asking `boxgate __complete`; empty for
/// another shell. The answer is one candidate a line, word and meaning separated by a tab; a last line
/// ":files" or ":directories" asks the shell for its own completion of paths.
QString completionScript(const QString &shell);

} // namespace boxgate::cli
