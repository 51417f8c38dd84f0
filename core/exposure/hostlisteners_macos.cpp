#include "core/exposure/listeningsocket.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>
#include <libproc.h>
#include <netinet/in.h>
#include <optional>
#include <sys/proc_info.h>
#include <vector>

namespace boxgate {

namespace {

/// Bounds one search on hosts with very many open files; what is beyond is not seen.
constexpr size_t MaxFilesSearched = 200'000;
constexpr size_t MaxProcesses = 65'536;
/// Processes begin, and open files, between the question for a size and the one for the list.
constexpr size_t Spare = 32;

std::vector<pid_t> processes()
{
    const int count = ::proc_listallpids(nullptr, 0);
    if (count <= 0)
        return {};
    std::vector<pid_t> pids(std::min(size_t(count) + Spare, MaxProcesses));
    const int filled = ::proc_listallpids(pids.data(), int(pids.size() * sizeof(pid_t)));
    pids.resize(filled > 0 ? std::min(size_t(filled), pids.size()) : 0);
    return pids;
}

/// Empty for a process that has ended, and for those of other users unless we are root.
std::vector<proc_fdinfo> filesOf(pid_t pid)
{
    const int bytes = ::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, nullptr, 0);
    if (bytes <= 0)
        return {};
    std::vector<proc_fdinfo> files(std::min(size_t(bytes) / sizeof(proc_fdinfo) + Spare, MaxFilesSearched));
    const int filled =
        ::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, files.data(), int(files.size() * sizeof(proc_fdinfo)));
    files.resize(filled > 0 ? std::min(size_t(filled) / sizeof(proc_fdinfo), files.size()) : 0);
    return files;
}

/// Ports are kept in network order in the low 16 bits of an int.
quint16 portOf(int stored) { return qFromBigEndian(quint16(unsigned(stored) & 0xFFFF)); }

QHostAddress localAddress(const in_sockinfo &socket)
{
    // A socket for both families has both flags, and its address in the form of IPv6.
    if (socket.insi_vflag & INI_IPV6) {
        Q_IPV6ADDR address;
        static_assert(sizeof address.c == sizeof socket.insi_laddr.ina_6);
        std::memcpy(address.c, &socket.insi_laddr.ina_6, sizeof address.c);
        return QHostAddress(address);
    }
    return QHostAddress(qFromBigEndian(quint32(socket.insi_laddr.ina_46.i46a_addr4.s_addr)));
}

/// nullopt: a socket that waits for nobody. Source   XNU bsd/sys/proc_info.h
std::optional<ListeningSocket> listenerOf(const socket_info &socket, pid_t owner)
{
    const bool isTcp = socket.soi_kind == SOCKINFO_TCP;
    if (isTcp && socket.soi_proto.pri_tcp.tcpsi_state != TSI_S_LISTEN)
        return std::nullopt;
    if (!isTcp && (socket.soi_kind != SOCKINFO_IN || socket.soi_protocol != IPPROTO_UDP))
        return std::nullopt;
    const in_sockinfo &in = isTcp ? socket.soi_proto.pri_tcp.tcpsi_ini : socket.soi_proto.pri_in;
    const bool hasPeer = !isTcp && portOf(in.insi_fport) != 0;
    if (hasPeer || portOf(in.insi_lport) == 0)
        return std::nullopt;
    return ListeningSocket{isTcp ? Protocol::Tcp : Protocol::Udp, localAddress(in), portOf(in.insi_lport),
                           quint64(owner)};
}

} // namespace

/// Other users' sockets are not among them: libproc tells nothing of their processes.
Result<QList<ListeningSocket>> listeningSockets(const QString &)
{
    const std::vector<pid_t> pids = processes();
    if (pids.empty())
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("Cannot tell what listens on this machine: macOS lists no processes"));
    QList<ListeningSocket> sockets;
    QSet<quint64> seen; // by the kernel's handle: a socket may be open in several processes
    size_t searched = 0;
    for (const pid_t pid : pids) {
        for (const proc_fdinfo &file : filesOf(pid)) {
            if (++searched > MaxFilesSearched)
                return sockets;
            if (file.proc_fdtype != PROX_FDTYPE_SOCKET)
                continue;
            socket_fdinfo info{};
            const int size = ::proc_pidfdinfo(pid, file.proc_fd, PROC_PIDFDSOCKETINFO, &info, sizeof info);
            if (size != int(sizeof info)) // closed meanwhile
                continue;
            const auto socket = listenerOf(info.psi, pid);
            if (!socket || seen.contains(info.psi.soi_so))
                continue;
            seen.insert(info.psi.soi_so);
            sockets.append(*socket);
        }
    }
    return sockets;
}

QHash<quint64, SocketOwner> findSocketOwners(QSet<quint64> wanted, const QString &)
{
    QHash<quint64, SocketOwner> owners;
    for (const quint64 pid : std::as_const(wanted)) {
        char name[2 * MAXCOMLEN + 1] = {};
        const int length = ::proc_name(int(pid), name, sizeof name);
        owners.insert(pid, {qint64(pid), QString::fromUtf8(name, std::max(length, 0))});
    }
    return owners;
}

} // namespace boxgate
