#include "core/exposure/hostlisteners.h"

#include "core/exposure/procnet.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>
#include <dirent.h>
#include <memory>
#include <optional>
#include <tuple>
#include <unistd.h>

namespace boxgate {

namespace {

/// A row has 150 bytes: enough for more sockets than anybody looks at.
constexpr qint64 MaxTableBytes = 8 << 20;
/// Bounds one search on hosts with very many open files; what is beyond stays without a name.
constexpr int MaxFilesSearched = 200'000;

struct Table
{
    const char *file;
    Protocol protocol;
};
constexpr std::array Tables{
    Table{"/net/tcp", Protocol::Tcp},
    Table{"/net/tcp6", Protocol::Tcp},
    Table{"/net/udp", Protocol::Udp},
    Table{"/net/udp6", Protocol::Udp},
};

struct DirectoryClose
{
    void operator()(DIR *directory) const { ::closedir(directory); }
};
using DirectoryPointer = std::unique_ptr<DIR, DirectoryClose>;

std::optional<QByteArray> readAll(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    return file.read(MaxTableBytes);
}

/// nullopt: none of the tables can be read.
std::optional<QList<ListeningSocket>> readSockets(const QString &proc)
{
    QList<ListeningSocket> sockets;
    bool any = false;
    for (const Table &table : Tables) {
        const auto text = readAll(proc + QLatin1String(table.file));
        any = any || text;
        sockets += parseSocketTable(text.value_or(QByteArray()), table.protocol);
    }
    return any ? std::optional(sockets) : std::nullopt;
}

/// Whether two sockets of one port cannot be bound to these addresses at the same time.
bool overlap(const QHostAddress &one, const QHostAddress &other)
{
    const auto isAny = [](const QHostAddress &address) {
        return address == QHostAddress(QHostAddress::AnyIPv4)
            || address == QHostAddress(QHostAddress::AnyIPv6);
    };
    return isAny(one) || isAny(other) || one.isEqual(other, QHostAddress::ConvertV4MappedToIPv4);
}

QString processName(const QString &processDirectory)
{
    return QString::fromLocal8Bit(
        readAll(processDirectory + QStringLiteral("/comm")).value_or(QByteArray()).trimmed());
}

bool isNumber(const char *text)
{
    return *text != 0 && std::all_of(text, text + qstrlen(text), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

HostListeners::HostListeners(const QString &procDirectory)
    : m_proc(procDirectory)
{ }

HostListener HostListeners::describe(const ListeningSocket &socket) const
{
    const Owner owner = m_owners.value(socket.inode);
    const WellKnownService known = wellKnownService(socket.protocol, socket.port);
    return {socket.protocol, socket.address, socket.port, owner.name, owner.pid, known.name, known.sensitive};
}

Result<QList<HostListener>> HostListeners::current()
{
    const std::optional<QList<ListeningSocket>> all = readSockets(m_proc);
    if (!all)
        return fail(
            ErrorCode::Unavailable,
            QStringLiteral("Cannot tell what listens on this machine: %1/net is not readable").arg(m_proc));
    QList<ListeningSocket> sockets = *all;
    sockets.removeIf([](const ListeningSocket &socket) { return !isOnLoopback(socket.address); });

    QSet<quint64> present;
    QSet<quint64> unknown;
    for (const ListeningSocket &socket : std::as_const(sockets)) {
        present.insert(socket.inode);
        if (!m_owners.contains(socket.inode))
            unknown.insert(socket.inode);
    }
    m_owners.removeIf([&present](const auto &entry) { return !present.contains(entry.key()); });
    if (!unknown.isEmpty())
        findOwners(unknown);

    QList<HostListener> listeners;
    for (const ListeningSocket &socket : std::as_const(sockets))
        listeners.append(describe(socket));
    std::stable_sort(listeners.begin(), listeners.end(), [](const HostListener &a, const HostListener &b) {
        return std::make_tuple(a.port, a.protocol) < std::make_tuple(b.port, b.protocol);
    });
    return listeners;
}

std::optional<HostListener> HostListeners::holderOf(Protocol protocol, const QHostAddress &address,
                                                    quint16 port)
{
    const QList<ListeningSocket> sockets = readSockets(m_proc).value_or(QList<ListeningSocket>());
    const auto holder = std::find_if(sockets.begin(), sockets.end(), [&](const ListeningSocket &socket) {
        return socket.protocol == protocol && socket.port == port && overlap(socket.address, address);
    });
    if (holder == sockets.end())
        return std::nullopt;
    findOwners({holder->inode});
    return describe(*holder);
}

void HostListeners::findOwners(QSet<quint64> wanted)
{
    ++m_searches;
    for (const quint64 inode : std::as_const(wanted))
        m_owners.insert(inode, Owner{});
    const DirectoryPointer processes(::opendir(QFile::encodeName(m_proc).constData()));
    int searched = 0;
    while (const dirent *process = processes ? ::readdir(processes.get()) : nullptr) {
        if (wanted.isEmpty() || searched > MaxFilesSearched)
            return;
        if (!isNumber(process->d_name))
            continue;
        const QString directory = m_proc + QLatin1Char('/') + QLatin1String(process->d_name);
        const QByteArray files = QFile::encodeName(directory) + "/fd";
        // Fails at once for other users' processes.
        const DirectoryPointer descriptors(::opendir(files.constData()));
        while (const dirent *descriptor = descriptors ? ::readdir(descriptors.get()) : nullptr) {
            char link[64];
            ++searched;
            const ssize_t length =
                ::readlinkat(::dirfd(descriptors.get()), descriptor->d_name, link, sizeof link);
            const quint64 inode = length > 0 ? socketInode(QByteArrayView(link, length)) : 0;
            if (inode != 0 && wanted.remove(inode))
                m_owners.insert(inode,
                                Owner{QByteArray(process->d_name).toLongLong(), processName(directory)});
        }
    }
}

} // namespace boxgate
