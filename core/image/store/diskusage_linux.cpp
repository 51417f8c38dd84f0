#include "core/image/store/diskusage.h"

#include <QFile>

#include <sys/stat.h>

namespace boxgate {

Bytes allocatedBytes(const QString &file)
{
    constexpr quint64 blockBytes = 512;
    struct stat info
    { };
    if (::lstat(QFile::encodeName(file).constData(), &info) != 0)
        return Bytes();
    return Bytes(quint64(info.st_blocks) * blockBytes);
}

} // namespace boxgate
