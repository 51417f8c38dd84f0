#include "core/base/filelock.h"

#include <QFile>
#include <QThread>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace boxgate {

namespace {

constexpr unsigned long PollMs = 10;

struct flock wholeFile(short type)
{
    struct flock lock
    { };
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

} // namespace

FileLock::FileLock(FileLock &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{ }

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

FileLock::~FileLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<FileLock> FileLock::acquire(const QString &path, Mode mode)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot open the lock file %1").arg(path)));
    FileLock held(descriptor);
    struct flock lock = wholeFile(mode == Mode::Exclusive ? F_WRLCK : F_RDLCK);
    if (::fcntl(descriptor, F_OFD_SETLK, &lock) == 0)
        return held;
    if (errno == EAGAIN || errno == EACCES)
        return fail(ErrorCode::Conflict, QStringLiteral("%1 is locked by another process").arg(path));
    return fail(Error::fromErrno(errno, QStringLiteral("Cannot lock %1").arg(path)));
}

Result<FileLock> FileLock::wait(const QString &path, Mode mode, const CancelToken &cancel)
{
    for (;;) {
        Result<FileLock> lock = acquire(path, mode);
        if (!lock && lock.error().code != ErrorCode::Conflict)
            return lock;
        if (lock && !lock->isRemoved())
            return lock;
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, QStringLiteral("Waiting for another process was cancelled"),
                        path);
        if (!lock)
            QThread::msleep(PollMs);
    }
}

bool FileLock::isHeld(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const FileLock closer(descriptor);
    struct flock lock = wholeFile(F_WRLCK);
    return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool FileLock::isRemoved() const
{
    struct stat info
    { };
    return ::fstat(m_descriptor, &info) == 0 && info.st_nlink == 0;
}

} // namespace boxgate
