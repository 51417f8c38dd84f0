#pragma once

#include <QStringList>

namespace boxgate {

/// The texts of resources/sql/NNN_name.sql; entry i leads from schema i to schema i + 1. A migration that was
/// ever released is never edited: a change is a new file.
const QStringList &migrations();

/// Splits a migration into its statements. Understands comments from "--" to the end of the line and texts in
/// single quotes; triggers (statements within statements) are not supported.
QStringList statementsOf(const QString &script);

} // namespace boxgate
