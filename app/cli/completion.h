#pragma once

#include "app/cli/commandspec.h"

#include <QList>
#include <QStringList>

namespace boxgate::cli {

/// One word that completion offers.
struct Candidate
{
    QString word;
    QString meaning; ///< may be empty

    bool operator==(const Candidate &) const = default;
};

/// What may stand at the end of a command line.
struct Completion
{
    QList<Candidate> candidates; ///< from the tables, filtered by prefix
    Words words = Words::None; ///< where more come from
    QString prefix; ///< what those words begin with
    QString lead; ///< what is put before those words: "--home="
    QStringList before; ///< the arguments of the command that are there already
};

/// Completes the last of words by the commands' tables. Pure.
/// words   the command line without the program's name; the last one is the one under the cursor, maybe empty
Completion complete(std::span<const CommandSpec> commands, const QStringList &words);

} // namespace boxgate::cli
