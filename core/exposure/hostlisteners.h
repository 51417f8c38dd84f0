#pragma once

#include "core/exposure/listeningsocket.h"

#include <optional>

namespace boxgate {

/// Lists what listens on the host's own addresses right now. For the loopback warning, asked every two
/// seconds.
///
/// Thread: one at a time, any. Cheap to ask again: the sockets are read each time (on Linux some 10 KB), but
/// their processes are searched only when a socket appeared that was not there before; a socket whose owner
/// cannot be seen is not searched again. Nothing is cached on disk and no service is touched.
class HostListeners
{
public:
    /// procDirectory   another root than /proc, for tests; Linux only
    explicit HostListeners(const QString &procDirectory = QStringLiteral("/proc"));

    /// Sorted by port, then protocol and address.
    /// Errors   those of listeningSockets()
    Result<QList<HostListener>> current();

    /// Who holds a port that could not be opened on the address: the listener there or on all addresses.
    /// Its process is empty when the system does not tell. nullopt: nobody that is seen.
    std::optional<HostListener> holderOf(Protocol protocol, const QHostAddress &address, quint16 port);

    /// How often processes were searched; tells tests that the cache works.
    int processSearches() const { return m_searches; }

private:
    HostListener describe(const ListeningSocket &socket) const;
    void findOwners(const QSet<quint64> &wanted);

    const QString m_proc;
    QHash<quint64, SocketOwner> m_owners; ///< by ListeningSocket::owner; pid 0: searched, not found
    int m_searches = 0;
};

} // namespace boxgate
