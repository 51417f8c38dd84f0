#pragma once

#include <QList>
#include <QStringList>

namespace boxgate::cli {

/// Aligned columns for people. Widths are counted in characters; control characters in cells become '?', so
/// that no name or message can move the cursor. Pure.
class TextTable
{
public:
    TextTable() = default;
    /// headings   the first row; a heading that starts with '>' aligns its column to the right, one that
    ///            starts with '~' marks a column whose cells may be shortened in the middle
    explicit TextTable(const QStringList &headings);

    void addRow(const QStringList &cells);
    bool isEmpty() const { return m_rows.isEmpty(); }

    /// Lines with a line feed each, no trailing blanks; columns are two blanks apart.
    /// width   columns of the terminal; the '~' columns are shortened, the widest first, until lines fit or
    ///         they are down to MinElastic
    QString toString(const QString &indent = {}, qsizetype width = NoLimit) const;

    static constexpr qsizetype MinElastic = 12;
    static constexpr qsizetype NoLimit = 0;

private:
    QList<qsizetype> widthsWithin(const QList<QStringList> &rows, qsizetype width) const;

    QStringList m_headings;
    QList<bool> m_right;
    QList<bool> m_elastic;
    QList<QStringList> m_rows;
};

/// The text with every character that could move the cursor or turn the direction replaced by '?'.
QString printable(QString text);

/// "1 flow", "3 flows": the word with an s behind any other number than one.
QString counted(quint64 number, const char *word);

/// The text in at most width characters: what is too long loses its middle to "…". Names keep their end,
/// which says whose they are. Pure.
QString elided(const QString &text, qsizetype width);

} // namespace boxgate::cli
