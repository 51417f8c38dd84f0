#include "core/base/paths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QStandardPaths>

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace boxgate {

namespace {

/// sun_path holds 108 bytes with the final zero (unix(7)).
constexpr qsizetype MaxSocketPathBytes = 107;
/// "/" + 12 hex digits + ".sock", the longest name in the runtime directory.
constexpr qsizetype SocketNameBytes = 18;

QString environment(const char *name) { return QFile::decodeName(qgetenv(name)); }

QString xdgCache()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation)
        + QStringLiteral("/boxgate");
}

QString xdgRuntime()
{
    const QString directory = environment("XDG_RUNTIME_DIR");
    if (!directory.isEmpty())
        return directory + QStringLiteral("/boxgate");
    return QStringLiteral("/tmp/boxgate-%1").arg(::getuid());
}

Result<void> makePrivate(const QString &directory)
{
    const QString parent = QFileInfo(directory).path();
    if (!QDir().mkpath(parent) && !QFileInfo(parent).isDir())
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot create the directory %1").arg(parent)));
    const QByteArray path = QFile::encodeName(directory);
    if (::mkdir(path.constData(), 0700) != 0 && errno != EEXIST)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot create the directory %1").arg(directory)));
    // Someone else's directory, or a link to one, would hand them our sockets.
    struct stat info
    { };
    if (::lstat(path.constData(), &info) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot read the directory %1").arg(directory)));
    // Whoever owns a link can lead it elsewhere later.
    const bool isForeignLink = S_ISLNK(info.st_mode) && info.st_uid != ::getuid() && info.st_uid != 0;
    if (S_ISLNK(info.st_mode) && ::stat(path.constData(), &info) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot follow the link %1").arg(directory)));
    if (isForeignLink || !S_ISDIR(info.st_mode) || info.st_uid != ::getuid())
        return fail(ErrorCode::Denied,
                    QStringLiteral("%1 is not a directory of yours: remove it or choose another with --home")
                        .arg(directory));
    if (::access(path.constData(), W_OK | X_OK) != 0) {
        return fail(
            ErrorCode::Denied,
            QStringLiteral(
                "The directory %1 is not writable: change its permissions or choose another with --home")
                .arg(directory));
    }
    return {};
}

} // namespace

Result<Paths> Paths::locate(const QString &home)
{
    Paths paths;
    const QString chosen = home.isEmpty() ? environment("BOXGATE_HOME") : home;
    if (!chosen.isEmpty()) {
        paths.m_home = QDir::cleanPath(QFileInfo(chosen).absoluteFilePath());
        paths.m_data = paths.m_home;
        paths.m_cache = paths.m_home + QStringLiteral("/cache");
        paths.m_runtime = paths.m_home + QStringLiteral("/run");
    } else {
        paths.m_data = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation)
            + QStringLiteral("/boxgate");
        paths.m_cache = xdgCache();
        paths.m_runtime = xdgRuntime();
    }
    const QString share = environment("BOXGATE_SHARE");
    paths.m_share = share.isEmpty()
        ? QDir::cleanPath(QCoreApplication::applicationDirPath() + QStringLiteral("/../share/boxgate"))
        : share;
    const qsizetype length = QFile::encodeName(paths.m_runtime).size() + SocketNameBytes;
    if (length > MaxSocketPathBytes) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral(
                        "The directory %1 is %2 bytes too long for a socket's path: choose a shorter --home, "
                        "BOXGATE_HOME or XDG_RUNTIME_DIR")
                        .arg(paths.m_runtime)
                        .arg(length - MaxSocketPathBytes));
    }
    return paths;
}

Result<void> Paths::prepare() const
{
    for (const QString &directory :
         {m_data, m_cache, m_runtime, m_data + QStringLiteral("/boxes"), rootDisks(), images()}) {
        const Result<void> made = makePrivate(directory);
        BOXGATE_TRY(made);
    }
    return {};
}

QString Paths::database() const { return m_data + QStringLiteral("/boxgate.db"); }
QString Paths::settings() const { return m_data + QStringLiteral("/settings.json"); }
QString Paths::registries() const { return m_data + QStringLiteral("/registries.json"); }
QString Paths::credentials() const { return m_data + QStringLiteral("/credentials.json"); }
QString Paths::boxDirectory(const QString &id) const { return m_data + QStringLiteral("/boxes/") + id; }
QString Paths::boxLock(const QString &id) const { return boxDirectory(id) + QStringLiteral("/lock"); }
QString Paths::boxDisk(const QString &id) const { return boxDirectory(id) + QStringLiteral("/disk.qcow2"); }
QString Paths::boxDiskLock(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/disk.lock");
}
QString Paths::boxSnapshots(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/snapshots.json");
}
QString Paths::boxImage(const QString &id) const { return boxDirectory(id) + QStringLiteral("/image.json"); }
QString Paths::boxConsoleLog(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/console.log");
}
QString Paths::boxOutputLog(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/output.log");
}
QString Paths::boxRunnerLog(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/runner.log");
}
QString Paths::boxExitRecord(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/exit.json");
}
QString Paths::boxCapture(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/capture.pcapng");
}
QString Paths::boxTraffic(const QString &id) const
{
    return boxDirectory(id) + QStringLiteral("/traffic.db");
}
QString Paths::controlSocket(const QString &id) const
{
    return m_runtime + QLatin1Char('/') + id + QStringLiteral(".sock");
}
QString Paths::agentSocket(const QString &id) const
{
    return m_runtime + QLatin1Char('/') + id + QStringLiteral(".agt");
}
QString Paths::qmpSocket(const QString &id) const
{
    return m_runtime + QLatin1Char('/') + id + QStringLiteral(".qmp");
}
QString Paths::rootDisks() const { return m_cache + QStringLiteral("/rootdisks"); }
QString Paths::images() const { return m_data + QStringLiteral("/images"); }
QString Paths::acceleratorMemory() const { return m_cache + QStringLiteral("/accelerators.json"); }

// Built once per machine and user, whatever the home: the tests' many homes must not build a kernel each.
QString Paths::kernels() const
{
    const QString cache = environment("BOXGATE_CACHE");
    return (cache.isEmpty() ? xdgCache() : cache) + QStringLiteral("/kernels");
}

QString Paths::initramfs() const { return m_share + QStringLiteral("/initramfs.cpio"); }

QString Paths::packagedKernels() const { return m_share + QStringLiteral("/kernels"); }
QString Paths::builtinImage(const QString &name) const { return m_share + QStringLiteral("/images/") + name; }

} // namespace boxgate
