#pragma once

#include <QProcess>

namespace boxgate::test {

/// An X server without a screen to look at, on a display number that it chooses itself. It ends with this
/// object.
class VirtualDisplay
{
public:
    VirtualDisplay();
    ~VirtualDisplay();
    Q_DISABLE_COPY_MOVE(VirtualDisplay)

    /// Such as ":3"; empty when no Xvfb could be started.
    QByteArray name() const { return m_name; }

private:
    QProcess m_server;
    QByteArray m_name;
};

} // namespace boxgate::test
