#include "core/image/disk/disksync.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace boxgate {

Result<void> syncToDisk(int descriptor)
{
    if (::fsync(descriptor) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot write to the disk")));
    return {};
}

Result<void> syncDirectory(const QString &directory)
{
    const int descriptor =
        ::open(QFile::encodeName(directory).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot open %1").arg(directory)));
    Result<void> synced = syncToDisk(descriptor);
    ::close(descriptor);
    return synced;
}

} // namespace boxgate
