#include "core/base/lockholder.h"

#include "core/base/descriptor.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <csignal>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace boxgate {

namespace {

constexpr qint64 MaxInfoBytes = 64 * 1024;

/// F_OFD_GETLK does not tell the holder: such a lock belongs to an open file, not to a process.
bool holdsLock(const QString &process, const struct stat &lockFile)
{
    const QStringList descriptors = QDir(process + QStringLiteral("/fd"))
                                        .entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot);
    for (const QString &descriptor : descriptors) {
        struct stat opened
        { };
        const QString link = process + QStringLiteral("/fd/") + descriptor;
        if (::stat(QFile::encodeName(link).constData(), &opened) != 0 || opened.st_dev != lockFile.st_dev
            || opened.st_ino != lockFile.st_ino)
            continue;
        QFile info(process + QStringLiteral("/fdinfo/") + descriptor);
        if (info.open(QIODevice::ReadOnly) && info.read(MaxInfoBytes).contains("OFDLCK"))
            return true;
    }
    return false;
}

// glibc 2.36 declares both without C linkage (sys/pidfd.h).
int openProcess(qint64 pid) { return int(::syscall(SYS_pidfd_open, pid_t(pid), 0)); }

bool sendKill(const Descriptor &process)
{
    return ::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0) == 0;
}

} // namespace

Result<qint64> killLockHolder(const QString &path)
{
    struct stat lockFile
    { };
    if (::stat(QFile::encodeName(path).constData(), &lockFile) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot read the lock file %1").arg(path)));
    const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &entry : entries) {
        bool isProcess = false;
        const qint64 pid = entry.toLongLong(&isProcess);
        if (!isProcess || pid == ::getpid())
            continue;
        const QString process = QStringLiteral("/proc/") + entry;
        if (!holdsLock(process, lockFile))
            continue;
        // From here on the id is this process's or nobody's: one that took it over does not hold the lock.
        const Descriptor handle(openProcess(pid));
        if (!handle.isValid() || !holdsLock(process, lockFile))
            continue;
        if (!sendKill(handle))
            return fail(Error::fromErrno(errno, QStringLiteral("Cannot end the process %1").arg(pid)));
        return pid;
    }
    return fail(ErrorCode::NotFound, QStringLiteral("No other process of yours holds the lock %1").arg(path));
}

} // namespace boxgate
