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
    /// headings   the first row; a heading that starts with '>' aligns its column to the right
    explicit TextTable(const QStringList &headings);

    void addRow(const QStringList &cells);
    bool isEmpty() const { return m_rows.isEmpty(); }

    /// Lines with a line feed each, no trailing blanks; columns are two blanks apart.
    QString toString(const QString &indent = {}) const;

private:
    QStringList m_headings;
    QList<bool> m_right;
    QList<QStringList> m_rows;
};

/// The text with every control character replaced by '?'.
QString printable(QString text);

} // namespace boxgate::cli
