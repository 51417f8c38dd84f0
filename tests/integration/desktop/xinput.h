#pragma once

#include <QByteArray>
#include <QPoint>

namespace boxgate::test {

/// Mouse and keyboard as the X server itself sends them (XTEST): the window cannot tell them from a user's.
/// Thread: any one. Every call returns when the server has taken the events.
class XInput
{
public:
    /// display   such as ":3"
    explicit XInput(const QByteArray &display);
    ~XInput();
    Q_DISABLE_COPY_MOVE(XInput)

    bool isValid() const { return m_display != nullptr; }

    void moveTo(const QPoint &screenPosition);
    void click(const QPoint &screenPosition);
    /// keysym     by its X name: "Return", "Tab", "n", "slash"
    /// modifier   such a name too, held down meanwhile; empty: none
    void press(const char *keysym, const char *modifier = "");
    /// text   lower-case letters, digits and '-'
    void type(const QByteArray &text);

private:
    void *m_display; ///< Display of Xlib, whose header defines macros that break Qt's
};

} // namespace boxgate::test
