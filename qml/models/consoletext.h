#pragma once

#include <QByteArray>
#include <QStringList>

namespace boxgate::ui {

/// Turns a box's console bytes into lines of plain text. The bytes are hostile: escape sequences and control
/// characters are dropped, a line has at most MaxLineBytes (a longer one goes on in the next), and bad UTF-8
/// becomes U+FFFD. Works at any split of the bytes.
class ConsoleText
{
public:
    static constexpr qsizetype MaxLineBytes = 2000;

    /// Returns  the lines that bytes complete, without their ends
    QStringList feed(const QByteArray &bytes);

    /// The line that has no end yet, such as a prompt.
    QString unfinished() const { return QString::fromUtf8(m_line); }

private:
    enum class State
    {
        Text,
        Escape,
        Sequence,
        String,
        StringEscape
    };

    void take(char c, QStringList &lines);
    void takeText(char c, QStringList &lines);

    QByteArray m_line;
    State m_state = State::Text;
    bool m_isReturned = false; ///< a carriage return came: the next character starts the line again
};

} // namespace boxgate::ui
