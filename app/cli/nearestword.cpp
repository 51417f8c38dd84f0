#include "app/cli/nearestword.h"

#include <algorithm>
#include <vector>

namespace boxgate::cli {

namespace {

/// What is typed is short: more letters are not compared, so that a pasted page costs nothing.
constexpr qsizetype MaxCompared = 260;

/// Levenshtein's distance.
qsizetype distance(const QString &a, const QString &b)
{
    std::vector<qsizetype> row(std::size_t(b.size()) + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = qsizetype(j);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i;
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const qsizetype replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[std::size_t(j)];
            row[std::size_t(j)] = std::min({replaced, diagonal + 1, row[std::size_t(j) - 1] + 1});
        }
    }
    return row.back();
}

} // namespace

QString nearestWord(const QString &word, const QStringList &candidates, qsizetype slips)
{
    const QString typed = word.left(MaxCompared).toLower();
    QString nearest;
    qsizetype best = std::min(slips + 1, word.size());
    for (const QString &candidate : candidates) {
        if (std::abs(candidate.size() - typed.size()) >= best)
            continue; // that many letters are missing at least
        const qsizetype current = distance(typed, candidate.left(MaxCompared).toLower());
        if (current < best) {
            best = current;
            nearest = candidate;
        }
    }
    return nearest;
}

} // namespace boxgate::cli
