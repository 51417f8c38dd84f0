#include "core/exposure/listeningsocket.h"

#include <QtEndian>

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

// winsock2.h has to come before windows.h, and both before iphlpapi.h.
// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iphlpapi.h>
// clang-format on

namespace boxgate {

namespace {

/// A row has at most 56 bytes: enough for more sockets than anybody looks at.
constexpr DWORD MaxTableBytes = 8 << 20;
/// The table may grow between the question for its size and the one for its rows.
constexpr int Tries = 8;
/// Whose image cannot be opened by anybody: the kernel itself, which holds the ports of SMB and HTTP.sys.
constexpr DWORD SystemProcess = 4;

struct HandleClose
{
    using pointer = HANDLE;
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using ProcessHandle = std::unique_ptr<HANDLE, HandleClose>;

/// What GetExtendedTcpTable() or GetExtendedUdpTable() writes; aligned for its structures.
using Buffer = std::vector<std::max_align_t>;

/// ask(buffer, size)   one of the two functions for one family
/// Returns   nullopt: the system does not tell, with the error of Windows in error
template <typename Ask> std::optional<Buffer> table(Ask ask, DWORD &error)
{
    DWORD size = 0;
    error = ask(nullptr, &size);
    Buffer buffer;
    for (int i = 0; i < Tries && error == ERROR_INSUFFICIENT_BUFFER && size <= MaxTableBytes; ++i) {
        buffer.resize(size / sizeof(std::max_align_t) + 1);
        size = DWORD(buffer.size() * sizeof(std::max_align_t));
        error = ask(buffer.data(), &size);
    }
    if (error != NO_ERROR || buffer.empty())
        return std::nullopt;
    return buffer;
}

/// Rows of a table whose count is its first member, but never more than the buffer holds.
template <typename Table, typename Visit> void visitRows(const Buffer &buffer, Visit visit)
{
    const auto *const rows = reinterpret_cast<const Table *>(buffer.data());
    const size_t room =
        (buffer.size() * sizeof(std::max_align_t) - offsetof(Table, table)) / sizeof rows->table[0];
    for (size_t i = 0; i < rows->dwNumEntries && i < room; ++i)
        visit(rows->table[i]);
}

/// The low 16 bits are the port in network order; the upper ones may hold anything.
quint16 portOf(DWORD stored) { return qFromBigEndian(quint16(stored & 0xFFFF)); }

QHostAddress addressOf(DWORD networkOrder) { return QHostAddress(qFromBigEndian(quint32(networkOrder))); }

QHostAddress addressOf(const UCHAR (&bytes)[16])
{
    Q_IPV6ADDR address;
    static_assert(sizeof address.c == sizeof bytes);
    std::memcpy(address.c, bytes, sizeof bytes);
    return QHostAddress(address);
}

void add(QList<ListeningSocket> &sockets, Protocol protocol, const QHostAddress &address, DWORD port,
         DWORD pid)
{
    if (portOf(port) != 0)
        sockets.append({protocol, address, portOf(port), pid});
}

/// Adds the sockets of one family. Returns  the error of Windows, NO_ERROR with success
DWORD addTcp(ULONG family, QList<ListeningSocket> &sockets)
{
    constexpr BOOL unordered = FALSE;
    DWORD error = NO_ERROR;
    const auto buffer = table(
        [family](void *to, DWORD *size) {
            return ::GetExtendedTcpTable(to, size, unordered, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
        },
        error);
    if (!buffer)
        return error;
    if (family == AF_INET) {
        visitRows<MIB_TCPTABLE_OWNER_PID>(*buffer, [&](const MIB_TCPROW_OWNER_PID &row) {
            add(sockets, Protocol::Tcp, addressOf(row.dwLocalAddr), row.dwLocalPort, row.dwOwningPid);
        });
    } else {
        visitRows<MIB_TCP6TABLE_OWNER_PID>(*buffer, [&](const MIB_TCP6ROW_OWNER_PID &row) {
            add(sockets, Protocol::Tcp, addressOf(row.ucLocalAddr), row.dwLocalPort, row.dwOwningPid);
        });
    }
    return NO_ERROR;
}

/// Windows does not tell the peer of a UDP socket: those that have one are listed, too.
DWORD addUdp(ULONG family, QList<ListeningSocket> &sockets)
{
    constexpr BOOL unordered = FALSE;
    DWORD error = NO_ERROR;
    const auto buffer = table(
        [family](void *to, DWORD *size) {
            return ::GetExtendedUdpTable(to, size, unordered, family, UDP_TABLE_OWNER_PID, 0);
        },
        error);
    if (!buffer)
        return error;
    if (family == AF_INET) {
        visitRows<MIB_UDPTABLE_OWNER_PID>(*buffer, [&](const MIB_UDPROW_OWNER_PID &row) {
            add(sockets, Protocol::Udp, addressOf(row.dwLocalAddr), row.dwLocalPort, row.dwOwningPid);
        });
    } else {
        visitRows<MIB_UDP6TABLE_OWNER_PID>(*buffer, [&](const MIB_UDP6ROW_OWNER_PID &row) {
            add(sockets, Protocol::Udp, addressOf(row.ucLocalAddr), row.dwLocalPort, row.dwOwningPid);
        });
    }
    return NO_ERROR;
}

/// Empty for a process that is protected or gone.
QString imageName(DWORD pid)
{
    if (pid == SystemProcess)
        return QStringLiteral("System");
    constexpr BOOL notInherited = FALSE;
    const ProcessHandle process(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, notInherited, pid));
    constexpr DWORD longestPath = 32768; // with its end: see "Maximum Path Length Limitation"
    std::vector<wchar_t> path(longestPath);
    DWORD size = longestPath;
    constexpr DWORD win32Format = 0;
    if (!process || !::QueryFullProcessImageNameW(process.get(), win32Format, path.data(), &size))
        return {};
    const QString full = QString::fromWCharArray(path.data(), qsizetype(size));
    QString name = full.sliced(full.lastIndexOf(QLatin1Char('\\')) + 1);
    if (name.endsWith(QLatin1String(".exe"), Qt::CaseInsensitive))
        name.chop(4);
    return name;
}

} // namespace

Result<QList<ListeningSocket>> listeningSockets(const QString &)
{
    QList<ListeningSocket> sockets;
    // A machine may have one of the families only.
    const DWORD errors[] = {addTcp(AF_INET, sockets), addTcp(AF_INET6, sockets), addUdp(AF_INET, sockets),
                            addUdp(AF_INET6, sockets)};
    for (const DWORD error : errors) {
        if (error == NO_ERROR)
            return sockets;
    }
    return fail(ErrorCode::Unavailable,
                QStringLiteral("Cannot tell what listens on this machine: Windows refuses its tables of "
                               "sockets (error %1)")
                    .arg(errors[0]));
}

QHash<quint64, SocketOwner> findSocketOwners(QSet<quint64> wanted, const QString &)
{
    QHash<quint64, SocketOwner> owners;
    for (const quint64 pid : std::as_const(wanted)) {
        if (pid != 0) // a socket whose process has ended
            owners.insert(pid, {qint64(pid), imageName(DWORD(pid))});
    }
    return owners;
}

} // namespace boxgate
