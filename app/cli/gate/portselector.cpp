#include "app/cli/gate/portselector.h"

namespace boxgate::cli {

namespace {

std::optional<quint16> portFromText(const QString &text)
{
    bool isNumber = false;
    const uint port = text.toUInt(&isNumber);
    return isNumber && port <= 65535 ? std::optional(quint16(port)) : std::nullopt;
}

/// The map as it is open now: with the real host port of an automatic one. Itself when it is not open.
/// automatic   the open ones whose host port the system chose
PortMapping openAs(const PortMapping &map, const QList<PortMapping> &automatic)
{
    if (map.hostPort != 0)
        return map;
    for (const PortMapping &candidate : automatic) {
        PortMapping asSpecified = candidate;
        asSpecified.hostPort = 0;
        if (asSpecified == map)
            return candidate;
    }
    return map;
}

QStringList textsOf(const QList<PortMapping> &ports, const QList<PortMapping> &automatic)
{
    QStringList texts;
    for (const PortMapping &port : ports)
        texts.append(portText(openAs(port, automatic)));
    return texts;
}

} // namespace

Result<PortSelector> PortSelector::parse(const QString &text)
{
    const auto wrong = [&text] {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' names no port: write the host's, such as 8080, 5353/udp or "
                                   "127.0.0.1:8080:80")
                        .arg(text.left(80)));
    };
    PortSelector selector;
    QString rest = text;
    if (rest.endsWith(QLatin1String("/udp")))
        selector.protocol = Protocol::Udp;
    if (rest.endsWith(QLatin1String("/udp")) || rest.endsWith(QLatin1String("/tcp")))
        rest.chop(4);
    QStringList parts = rest.split(u':');
    if (parts.first().contains(u'.')) {
        if (!isIpv4Address(parts.first()))
            return wrong();
        selector.bindAddress = parts.takeFirst();
    }
    if (parts.isEmpty() || parts.size() > 2)
        return wrong();
    const std::optional<quint16> host = portFromText(parts.first());
    if (!host)
        return wrong();
    selector.hostPort = *host;
    if (parts.size() == 2) {
        selector.guestPort = portFromText(parts.last());
        if (!selector.guestPort)
            return wrong();
    }
    return selector;
}

bool PortSelector::matches(const PortMapping &map) const
{
    return map.protocol == protocol && map.hostPort == hostPort
        && (!bindAddress || map.bindAddress == *bindAddress) && (!guestPort || map.guestPort == *guestPort);
}

Result<QList<PortMapping>> removePorts(QList<PortMapping> &ports, const QList<PortMapping> &open,
                                       const QStringList &words)
{
    QList<PortMapping> automatic = open;
    automatic.removeIf([&ports](const PortMapping &port) { return ports.contains(port); });
    QList<PortMapping> left = ports;
    QList<PortMapping> removed;
    for (const QString &word : words) {
        const Result<PortSelector> selector = PortSelector::parse(word);
        BOXGATE_TRY(selector);
        QList<PortMapping> named;
        for (const PortMapping &port : std::as_const(left)) {
            if (selector->matches(port) || selector->matches(openAs(port, automatic)))
                named.append(port);
        }
        if (named.size() > 1) {
            return fail(ErrorCode::Conflict,
                        QStringLiteral("'%1' names %2: write the one with its address and both ports")
                            .arg(word.left(80), textsOf(named, automatic).join(QStringLiteral(" and "))));
        }
        if (named.isEmpty()) {
            const QString known = ports.isEmpty() ? QStringLiteral("it publishes none")
                                                  : textsOf(ports, automatic).join(QStringLiteral(", "));
            return fail(ErrorCode::NotFound,
                        QStringLiteral("There is no port %1 to remove: %2").arg(word.left(80), known));
        }
        left.removeOne(named.first());
        removed.append(openAs(named.first(), automatic));
    }
    ports = left;
    return removed;
}

QString portText(const PortMapping &map)
{
    return QStringLiteral("%1:%2->%3/%4")
        .arg(map.bindAddress, map.hostPort == 0 ? QStringLiteral("auto") : QString::number(map.hostPort),
             QString::number(map.guestPort), toString(map.protocol));
}

} // namespace boxgate::cli
