#include "app/cli/texttable.h"

#include <algorithm>

namespace boxgate::cli {

QString printable(QString text)
{
    for (QChar &character : text) {
        switch (character.category()) {
        case QChar::Other_Control:
        case QChar::Other_Format: // U+202E turns the direction of what follows
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            character = u'?';
            break;
        default:
            break;
        }
    }
    return text;
}

QString counted(quint64 number, const char *word)
{
    return QStringLiteral("%1 %2%3").arg(QString::number(number), QLatin1String(word),
                                         number == 1 ? QString() : QStringLiteral("s"));
}

QString elided(const QString &text, qsizetype width)
{
    if (text.size() <= width)
        return text;
    const qsizetype kept = std::max<qsizetype>(0, width - 1);
    const qsizetype head = kept / 3;
    return text.left(head) + QChar(0x2026) + text.right(kept - head);
}

TextTable::TextTable(const QStringList &headings)
{
    for (const QString &heading : headings) {
        m_right.append(heading.startsWith(u'>'));
        m_elastic.append(heading.startsWith(u'~'));
        m_headings.append(m_right.last() || m_elastic.last() ? heading.mid(1) : heading);
    }
}

void TextTable::addRow(const QStringList &cells)
{
    QStringList clean;
    for (const QString &cell : cells)
        clean.append(printable(cell));
    m_rows.append(clean);
}

QList<qsizetype> TextTable::widthsWithin(const QList<QStringList> &rows, qsizetype width) const
{
    QList<qsizetype> widths;
    for (const QStringList &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    if (width == NoLimit)
        return widths;
    qsizetype surplus = 2 * (widths.size() - 1) - width;
    for (const qsizetype one : std::as_const(widths))
        surplus += one;
    for (; surplus > 0; --surplus) {
        qsizetype widest = -1;
        for (qsizetype i = 0; i < widths.size(); ++i) {
            if (m_elastic.value(i, false) && widths[i] > MinElastic
                && (widest < 0 || widths[i] > widths[widest]))
                widest = i;
        }
        if (widest < 0)
            break;
        --widths[widest];
    }
    return widths;
}

QString TextTable::toString(const QString &indent, qsizetype width) const
{
    QList<QStringList> rows = m_rows;
    if (!m_headings.isEmpty())
        rows.prepend(m_headings);
    const qsizetype available = width == NoLimit ? NoLimit : std::max<qsizetype>(1, width - indent.size());
    const QList<qsizetype> widths = widthsWithin(rows, available);
    QString text;
    for (const QStringList &row : std::as_const(rows)) {
        QString line = indent;
        for (qsizetype i = 0; i < row.size(); ++i) {
            const QString cell = elided(row[i], widths[i]);
            line += m_right.value(i, false) ? cell.rightJustified(widths[i]) : cell.leftJustified(widths[i]);
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
