#include "qml/models/consoletext.h"

namespace boxgate::ui {

QStringList ConsoleText::feed(const QByteArray &bytes)
{
    QStringList lines;
    for (const char c : bytes)
        take(c, lines);
    return lines;
}

void ConsoleText::take(char c, QStringList &lines)
{
    // ECMA-48: ESC [ parameters final byte 0x40..0x7e; ESC ] P X ^ _ start a string that BEL or ESC \ ends.
    const auto byte = static_cast<unsigned char>(c);
    switch (m_state) {
    case State::Text:
        takeText(c, lines);
        return;
    case State::Escape:
        if (c == '[')
            m_state = State::Sequence;
        else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
            m_state = State::String;
        else if (byte < 0x20 || byte > 0x2f) // 0x20..0x2f are intermediate bytes: one more follows
            m_state = State::Text;
        return;
    case State::Sequence:
        if (byte >= 0x40 && byte <= 0x7e)
            m_state = State::Text;
        else if (c == '\n') {
            m_state = State::Text;
            takeText(c, lines);
        }
        return;
    case State::String:
        if (c == '\x1b')
            m_state = State::StringEscape;
        else if (c == '\a' || c == '\n')
            m_state = State::Text;
        return;
    case State::StringEscape:
        m_state = State::Text;
        return;
    }
}

void ConsoleText::takeText(char c, QStringList &lines)
{
    if (c == '\n') {
        lines.append(QString::fromUtf8(m_line));
        m_line.clear();
        m_isReturned = false;
        return;
    }
    if (c == '\r') {
        m_isReturned = true;
        return;
    }
    if (m_isReturned) {
        m_line.clear();
        m_isReturned = false;
    }
    if (c == '\x1b')
        m_state = State::Escape;
    else if (c == '\b')
        m_line.chop(1);
    else if (c == '\t')
        m_line.append(8 - m_line.size() % 8, ' ');
    else if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f')
        m_line.append(c);
    // Cut between characters: a byte 10xxxxxx continues one.
    if (m_line.size() >= MaxLineBytes && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
        lines.append(QString::fromUtf8(m_line.chopped(1)));
        m_line.remove(0, m_line.size() - 1);
    } else if (m_line.size() >= MaxLineBytes + 4) {
        lines.append(QString::fromUtf8(m_line));
        m_line.clear();
    }
}

} // namespace boxgate::ui
