#include "app/cli/complaint.h"

#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

/// What a terminal shows beside the sentence.
constexpr qsizetype MaxConsoleLines = 12;

} // namespace

void complain(Output &output, const Error &error)
{
    output.complain(error.message);
    const bool isConsole = error.detail.contains(u'\n');
    if (!isConsole)
        return;
    const QStringList lines = error.detail.split(u'\n', Qt::SkipEmptyParts);
    output.note(QStringLiteral("The guest's console ended with:\n"));
    for (const QString &line : lines.mid(std::max<qsizetype>(0, lines.size() - MaxConsoleLines)))
        output.note(QStringLiteral("  | ") + printable(line.trimmed()) + QLatin1Char('\n'));
}

} // namespace boxgate::cli
