#include "core/exposure/listeningsocket.h"
#include "core/exposure/procnet.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>
#include <dirent.h>
#include <memory>
#include <optional>
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

Result<QList<ListeningSocket>> listeningSockets(const QString &procDirectory)
{
    QList<ListeningSocket> sockets;
    bool any = false;
    for (const Table &table : Tables) {
        const auto text = readAll(procDirectory + QLatin1String(table.file));
        any = any || text;
        sockets += parseSocketTable(text.value_or(QByteArray()), table.protocol);
    }
    if (!any)
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("Cannot tell what listens on this machine: %1/net is not readable")
                        .arg(procDirectory));
    return sockets;
}

QHash<quint64, SocketOwner> findSocketOwners(QSet<quint64> wanted, const QString &procDirectory)
{
    QHash<quint64, SocketOwner> owners;
    const DirectoryPointer processes(::opendir(QFile::encodeName(procDirectory).constData()));
    int searched = 0;
    while (const dirent *process = processes ? ::readdir(processes.get()) : nullptr) {
        if (wanted.isEmpty() || searched > MaxFilesSearched)
            break;
        if (!isNumber(process->d_name))
            continue;
        const QString directory = procDirectory + QLatin1Char('/') + QLatin1String(process->d_name);
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
                owners.insert(inode,
                              SocketOwner{QByteArray(process->d_name).toLongLong(), processName(directory)});
        }
    }
    return owners;
}

} // namespace boxgate
