#include "tests/integration/desktop/xinput.h"

#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>

namespace boxgate::test {

namespace {

Display *of(void *display) { return static_cast<Display *>(display); }

KeyCode codeOf(Display *display, const char *keysym)
{
    return XKeysymToKeycode(display, XStringToKeysym(keysym));
}

} // namespace

XInput::XInput(const QByteArray &display)
    : m_display(XOpenDisplay(display.constData()))
{ }

XInput::~XInput()
{
    if (m_display)
        XCloseDisplay(of(m_display));
}

void XInput::moveTo(const QPoint &screenPosition)
{
    XTestFakeMotionEvent(of(m_display), -1, screenPosition.x(), screenPosition.y(), CurrentTime);
    XSync(of(m_display), False);
}

void XInput::click(const QPoint &screenPosition)
{
    moveTo(screenPosition);
    XTestFakeButtonEvent(of(m_display), Button1, True, CurrentTime);
    XTestFakeButtonEvent(of(m_display), Button1, False, CurrentTime);
    XSync(of(m_display), False);
}

void XInput::press(const char *keysym, const char *modifier)
{
    Display *const display = of(m_display);
    const KeyCode held = *modifier ? codeOf(display, modifier) : KeyCode(0);
    if (held)
        XTestFakeKeyEvent(display, held, True, CurrentTime);
    XTestFakeKeyEvent(display, codeOf(display, keysym), True, CurrentTime);
    XTestFakeKeyEvent(display, codeOf(display, keysym), False, CurrentTime);
    if (held)
        XTestFakeKeyEvent(display, held, False, CurrentTime);
    XSync(display, False);
}

void XInput::type(const QByteArray &text)
{
    for (const char c : text)
        press(c == '-' ? "minus" : QByteArray(1, c).constData());
}

} // namespace boxgate::test
