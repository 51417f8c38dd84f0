#pragma once

#include "core/base/result.h"
#include "core/exposure/hostlistener.h"

#include <QHash>
#include <QSet>

namespace boxgate {

/// A socket of the host that waits for peers.
struct ListeningSocket
{
    Protocol protocol = Protocol::Tcp;
    QHostAddress address;
    quint16 port = 0;
    quint64 owner = 0; ///< what findSocketOwners() takes: on Linux the socket's inode, else the process id

    bool operator==(const ListeningSocket &) const = default;
};

/// The process that holds a socket.
struct SocketOwner
{
    qint64 pid = 0; ///< 0: the system does not tell
    QString name; ///< without directory and ".exe"; empty when the system does not tell
};

/// What each platform's hostlisteners_*.cpp tells. Any thread; nothing is kept.
/// procDirectory   another root than /proc, for tests on Linux; not used elsewhere

/// All TCP sockets that listen and UDP sockets that take datagrams of anybody, on any address.
/// Errors   Unavailable: the system does not tell
Result<QList<ListeningSocket>> listeningSockets(const QString &procDirectory);

/// Who holds them, by ListeningSocket::owner; what is not found is left out. May look through all processes.
QHash<quint64, SocketOwner> findSocketOwners(QSet<quint64> wanted, const QString &procDirectory);

} // namespace boxgate
