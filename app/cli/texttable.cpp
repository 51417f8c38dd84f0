#include "app/cli/texttable.h"

#include <algorithm>

namespace boxgate::cli {

QString printable(QString text)
{
    for (QChar &character : text) {
        if (character.category() == QChar::Other_Control)
            character = u'?';
    }
    return text;
}

TextTable::TextTable(const QStringList &headings)
{
    for (const QString &heading : headings) {
        m_right.append(heading.startsWith(u'>'));
        m_headings.append(m_right.last() ? heading.mid(1) : heading);
    }
}

void TextTable::addRow(const QStringList &cells)
{
    QStringList clean;
    for (const QString &cell : cells)
        clean.append(printable(cell));
    m_rows.append(clean);
}

QString TextTable::toString(const QString &indent) const
{
    QList<QStringList> rows = m_rows;
    if (!m_headings.isEmpty())
        rows.prepend(m_headings);
    QList<qsizetype> widths;
    for (const QStringList &row : std::as_const(rows)) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    QString text;
    for (const QStringList &row : std::as_const(rows)) {
        QString line = indent;
        for (qsizetype i = 0; i < row.size(); ++i) {
            const bool right = m_right.value(i, false);
            line += right ? row[i].rightJustified(widths[i]) : row[i].leftJustified(widths[i]);
            if (i + 1 < row.size())
                line += QStringLiteral("  ");
        }
        while (line.endsWith(u' '))
            line.chop(1);
        text += line + QLatin1Char('\n');
    }
    return text;
}

} // namespace boxgate::cli
