#include "core/image/disk/disksync.h"

#include <QFile>

#include <algorithm>
#include <array>
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

void beginSync(int descriptor, qint64 offset, qint64 bytes)
{
    ::sync_file_range(descriptor, offset, bytes, SYNC_FILE_RANGE_WRITE);
}

Result<void> dropRange(int descriptor, qint64 offset, qint64 bytes)
{
    if (::fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0)
        return {};
    // Not every file system has holes.
    static constexpr std::array<char, 65536> zeros{};
    while (bytes > 0) {
        const ssize_t written =
            ::pwrite(descriptor, zeros.data(), std::size_t(std::min<qint64>(bytes, zeros.size())), offset);
        if (written < 0)
            return fail(Error::fromErrno(errno, QStringLiteral("Cannot write to the disk")));
        offset += written;
        bytes -= written;
    }
    return {};
}

} // namespace boxgate
