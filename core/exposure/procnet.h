#pragma once

#include "core/exposure/hostlistener.h"

namespace boxgate {

/// One row of the kernel's socket tables that waits for peers.
struct ListeningSocket
{
    Protocol protocol = Protocol::Tcp;
    QHostAddress address;
    quint16 port = 0;
    quint64 inode = 0; ///< names the socket in /proc/PID/fd

    bool operator==(const ListeningSocket &) const = default;
};

/// Reads /proc/net/tcp, tcp6, udp or udp6: the TCP sockets in state LISTEN and the UDP sockets without a
/// peer, of all addresses. Rows that cannot be understood are left out. Source   proc(5) and Linux
/// net/ipv4/tcp_ipv4.c, tcp4_seq_show: addresses are 32-bit words in host order
QList<ListeningSocket> parseSocketTable(QByteArrayView table, Protocol protocol);

/// The inode of a link in /proc/PID/fd such as "socket:[4711]"; 0 for another kind of file.
quint64 socketInode(QByteArrayView link);

/// Whether the address is one of the host's own that nobody else can use: 127.0.0.0/8, ::1, or all addresses.
bool isOnLoopback(const QHostAddress &address);

} // namespace boxgate
