#include "app/cli/loopbackwarning.h"

#include "app/cli/gate/portselector.h"
#include "app/cli/output.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"
#include "core/exposure/hostlisteners.h"

namespace boxgate::cli {

namespace {

/// More do not fit on a line; the rest is counted.
constexpr qsizetype MaxNamed = 6;

QString nameOf(const HostListener &listener)
{
    const QString who = listener.processName.isEmpty() ? listener.service : listener.processName;
    const QString port = QString::number(listener.port)
        + (listener.protocol == Protocol::Udp ? QStringLiteral("/udp") : QString());
    return who.isEmpty() ? port : port + QLatin1Char(' ') + printable(who);
}

} // namespace

QString loopbackWarning(const QString &boxName, const NetworkSpec &network,
                        const QList<HostListener> &listeners)
{
    if (!network.exposesLoopback())
        return {};
    QStringList names;
    for (const HostListener &listener : exposureOf(network, listeners)) {
        const QString name = nameOf(listener);
        if (!names.contains(name))
            names.append(name);
    }
    QString reached = QStringLiteral("nothing listens there now");
    if (!names.isEmpty()) {
        const qsizetype more = names.size() - MaxNamed;
        reached = QStringLiteral("now %1").arg(names.mid(0, MaxNamed).join(QStringLiteral(", ")));
        if (more > 0)
            reached += QStringLiteral(" and %1 more").arg(more);
    }
    const QString which = network.hostLoopback == HostLoopback::Ports ? QStringLiteral("some of the services")
                                                                      : QStringLiteral("every service");
    return QStringLiteral("Warning: box %1 reaches %2 on this host's 127.0.0.1 by host.boxlite.internal: %3\n"
                          "         --host-loopback off closes it, --host-loopback PORT,... leaves some "
                          "open, -q hides this\n")
        .arg(boxName, which, reached);
}

void warnOfLoopback(Output &output, const QString &boxName, const NetworkSpec &network)
{
    if (!isTerminal(StandardStream::Error) || !network.exposesLoopback())
        return;
    HostListeners source;
    const Result<QList<HostListener>> listeners = source.current();
    const QString warning = loopbackWarning(boxName, network, listeners.value_or(QList<HostListener>()));
    // Bold yellow, ECMA-48 SGR.
    output.note(QStringLiteral("\033[1;33m") + warning + QStringLiteral("\033[0m"));
}

QString publishWarning(const QString &boxName, const QList<PortMapping> &ports)
{
    QStringList visible;
    for (const PortMapping &port : ports) {
        if (!QHostAddress(port.bindAddress).isLoopback())
            visible.append(portText(port));
    }
    if (visible.isEmpty())
        return {};
    return QStringLiteral(
               "Warning: other machines on the network reach box %1 through %2; without an address "
               "a port is bound to 127.0.0.1\n")
        .arg(boxName, visible.join(QStringLiteral(", ")));
}

} // namespace boxgate::cli
