#pragma once

#include <QStringList>

namespace boxgate::cli {

/// The one of candidates that word was probably meant to be; empty when none is within slips changes of a
/// letter (Levenshtein's distance) or all of word would have to change. Case does not count. Pure.
QString nearestWord(const QString &word, const QStringList &candidates, qsizetype slips);

} // namespace boxgate::cli
