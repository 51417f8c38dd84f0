#pragma once

#include "core/exposure/listeningsocket.h"

namespace boxgate {

/// Reads /proc/net/tcp, tcp6, udp or udp6: the TCP sockets in state LISTEN and the UDP sockets without a
/// peer, of all addresses. Rows that cannot be understood are left out. Source   proc(5) and Linux
/// net/ipv4/tcp_ipv4.c, tcp4_seq_show: addresses are 32-bit words in host order
QList<ListeningSocket> parseSocketTable(QByteArrayView table, Protocol protocol);

/// The inode of a link in /proc/PID/fd such as "socket:[4711]"; 0 for another kind of file.
quint64 socketInode(QByteArrayView link);

} // namespace boxgate
