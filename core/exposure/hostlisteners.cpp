#include "core/exposure/hostlisteners.h"

#include <algorithm>
#include <tuple>

namespace boxgate {

namespace {

/// Whether two sockets of one port cannot be bound to these addresses at the same time.
bool overlap(const QHostAddress &one, const QHostAddress &other)
{
    const auto isAny = [](const QHostAddress &address) {
        return address == QHostAddress(QHostAddress::AnyIPv4)
            || address == QHostAddress(QHostAddress::AnyIPv6);
    };
    return isAny(one) || isAny(other) || one.isEqual(other, QHostAddress::ConvertV4MappedToIPv4);
}

} // namespace

HostListeners::HostListeners(const QString &procDirectory)
    : m_proc(procDirectory)
{ }

HostListener HostListeners::describe(const ListeningSocket &socket) const
{
    const SocketOwner owner = m_owners.value(socket.owner);
    const WellKnownService known = wellKnownService(socket.protocol, socket.port);
    return {socket.protocol, socket.address, socket.port, owner.name, owner.pid, known.name, known.sensitive};
}

Result<QList<HostListener>> HostListeners::current()
{
    Result<QList<ListeningSocket>> sockets = listeningSockets(m_proc);
    BOXGATE_TRY(sockets);
    sockets->removeIf([](const ListeningSocket &socket) { return !isOnLoopback(socket.address); });

    QSet<quint64> present;
    QSet<quint64> unknown;
    for (const ListeningSocket &socket : std::as_const(*sockets)) {
        present.insert(socket.owner);
        if (!m_owners.contains(socket.owner))
            unknown.insert(socket.owner);
    }
    m_owners.removeIf([&present](const auto &entry) { return !present.contains(entry.key()); });
    if (!unknown.isEmpty())
        findOwners(unknown);

    QList<HostListener> listeners;
    for (const ListeningSocket &socket : std::as_const(*sockets))
        listeners.append(describe(socket));
    std::stable_sort(listeners.begin(), listeners.end(), [](const HostListener &a, const HostListener &b) {
        return std::make_tuple(a.port, a.protocol) < std::make_tuple(b.port, b.protocol);
    });
    return listeners;
}

std::optional<HostListener> HostListeners::holderOf(Protocol protocol, const QHostAddress &address,
                                                    quint16 port)
{
    const QList<ListeningSocket> sockets = listeningSockets(m_proc).value_or(QList<ListeningSocket>());
    const auto holder = std::find_if(sockets.begin(), sockets.end(), [&](const ListeningSocket &socket) {
        return socket.protocol == protocol && socket.port == port && overlap(socket.address, address);
    });
    if (holder == sockets.end())
        return std::nullopt;
    findOwners({holder->owner});
    return describe(*holder);
}

void HostListeners::findOwners(const QSet<quint64> &wanted)
{
    ++m_searches;
    const QHash<quint64, SocketOwner> found = findSocketOwners(wanted, m_proc);
    for (const quint64 owner : wanted)
        m_owners.insert(owner, found.value(owner));
}

} // namespace boxgate
