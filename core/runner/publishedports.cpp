#include "core/runner/publishedports.h"

#include "core/exposure/hostlisteners.h"
#include "core/runner/gatetranslation.h"

#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logPorts, "boxgate.runner.ports")

Error describe(const PortMapping &port, const Error &error)
{
    if (error.code != ErrorCode::Conflict)
        return error;
    HostListeners listeners;
    const auto holder = listeners.holderOf(port.protocol, QHostAddress(port.bindAddress), port.hostPort);
    // Nobody holds it: the engine's own sentence tells what else is in the way.
    return holder ? portTaken(port, holder, error.detail) : error;
}

} // namespace

Error portTaken(const PortMapping &port, const std::optional<HostListener> &holder, const QString &detail)
{
    QString by = QStringLiteral("another program");
    if (holder && holder->pid != 0)
        by = QStringLiteral("%1 (pid %2)").arg(holder->label()).arg(holder->pid);
    const QString kind = port.protocol == Protocol::Udp ? QStringLiteral("UDP port") : QStringLiteral("Port");
    return Error{ErrorCode::Conflict,
                 QStringLiteral("%1 %2 on %3 is taken by %4: choose another, or 0 for an automatic one")
                     .arg(kind)
                     .arg(port.hostPort)
                     .arg(port.bindAddress, by),
                 detail};
}

Result<void> PublishedPorts::openOne(net::Engine &engine, const PortMapping &wanted, const PortMapping &asked)
{
    const Result<net::PortMap> opened = engine.addPort(portMapOf(asked));
    if (!opened)
        return fail(describe(asked, opened.error()));
    m_open.append({wanted, toModel(*opened)});
    return {};
}

void PublishedPorts::closeFrom(net::Engine &engine, qsizetype first)
{
    while (m_open.size() > first) {
        const Result<void> closed = engine.removePort(portMapOf(m_open.takeLast().opened));
        if (!closed)
            qCWarning(logPorts) << closed.error();
    }
}

Result<void> PublishedPorts::change(net::Engine &engine, const QList<PortMapping> &wanted)
{
    const QList<Open> before = m_open;
    const auto isKept = [&wanted](const Open &one) { return wanted.contains(one.wanted); };
    const qsizetype kept = std::stable_partition(m_open.begin(), m_open.end(), isKept) - m_open.begin();
    closeFrom(engine, kept);
    for (const PortMapping &mapping : wanted) {
        const auto isIt = [&mapping](const Open &one) { return one.wanted == mapping; };
        if (std::any_of(before.begin(), before.end(), isIt))
            continue;
        const Result<void> opened = openOne(engine, mapping, mapping);
        if (opened)
            continue;
        closeFrom(engine, kept);
        for (const Open &one : before) {
            const Result<void> again = isKept(one) ? Result<void>() : openOne(engine, one.wanted, one.opened);
            if (!again)
                qCWarning(logPorts) << "a port cannot be opened again:" << again.error();
        }
        return opened;
    }
    return {};
}

QList<PortMapping> PublishedPorts::open() const
{
    QList<PortMapping> ports;
    for (const Open &one : m_open)
        ports.append(one.opened);
    return ports;
}

} // namespace boxgate
