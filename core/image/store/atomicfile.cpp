#include "core/image/store/atomicfile.h"

#include "core/image/disk/disksync.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>

namespace boxgate {

Error fileError(const QFileDevice &file, const QString &message)
{
    ErrorCode code = ErrorCode::Io;
    // Qt says so for ENOSPC (qfsfileengine_unix.cpp, nativeWrite).
    if (file.error() == QFileDevice::ResourceError)
        code = ErrorCode::DiskFull;
    else if (file.error() == QFileDevice::PermissionsError)
        code = ErrorCode::Denied;
    return Error{code, message + QStringLiteral(": ") + file.errorString(), {}};
}

Result<void> replaceFile(const QString &path, const QByteArray &bytes)
{
    const QString part = path + QStringLiteral(".part");
    QFile file(part);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size()
        || !file.flush())
        return fail(fileError(file, QStringLiteral("Cannot write %1").arg(part)));
    const Result<void> synced = syncToDisk(file.handle());
    BOXGATE_TRY(synced);
    if (std::rename(QFile::encodeName(part).constData(), QFile::encodeName(path).constData()) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(part)));
    return syncDirectory(QFileInfo(path).path());
}

} // namespace boxgate
