#include "tests/integration/desktop/virtualdisplay.h"

namespace boxgate::test {

VirtualDisplay::VirtualDisplay()
{
    // It ends with its last client, so that a test that crashes leaves none. It writes its number to standard
    // output once it takes connections.
    m_server.start(QStringLiteral("Xvfb"),
                   {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"),
                    QStringLiteral("0"), QStringLiteral("1440x900x24"), QStringLiteral("-nolisten"),
                    QStringLiteral("tcp"), QStringLiteral("-terminate")});
    if (!m_server.waitForStarted())
        return;
    QByteArray number;
    while (!number.endsWith('\n') && m_server.waitForReadyRead(10'000))
        number += m_server.readAllStandardOutput();
    if (number.endsWith('\n'))
        m_name = ':' + number.trimmed();
}

VirtualDisplay::~VirtualDisplay()
{
    m_server.terminate();
    if (!m_server.waitForFinished(5000))
        m_server.kill();
    m_server.waitForFinished(1000);
}

} // namespace boxgate::test
