/// Boxes whose directory is filled by somebody else: declared in boxoperations.h.
#include "core/base/filelock.h"
#include "core/client/boxoperations.h"
#include "core/image/imagecommand.h"
#include "core/image/imagelibrary.h"
#include "core/model/boxname.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstdio>
#include <sys/stat.h>

namespace boxgate {

namespace {

/// Directories in the making begin so: no id does.
const QString Prefix = QStringLiteral(".new-");

/// A directory is made a moment before its lock is taken.
constexpr qint64 SettledSeconds = 60;

/// Of processes that died: nobody holds their lock.
void removeLeftovers(const QString &boxes)
{
    const QStringList names =
        QDir(boxes).entryList({Prefix + QLatin1Char('*')}, QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        QDir directory(boxes + QLatin1Char('/') + name);
        if (QFileInfo(directory.path()).lastModified().secsTo(QDateTime::currentDateTime()) < SettledSeconds)
            continue;
        const Result<FileLock> lock = FileLock::acquire(directory.filePath(QStringLiteral("disk.lock")));
        if (lock)
            directory.removeRecursively();
    }
}

} // namespace

Result<QStringList> BoxOperations::mainCommand(const BoxSpec &spec) const
{
    const Result<ImageInfo> image = ImageLibrary(m_paths).resolve(spec.image);
    BOXGATE_TRY(image);
    return boxgate::mainCommand(image->config, spec);
}

Async<BoxId> BoxOperations::adopt(BoxSpec spec, BoxFiller fill)
{
    if (spec.name.isEmpty()) {
        const Result<QString> name = freeName();
        BOXGATE_CO_TRY(name);
        spec.name = *name;
    }
    const Result<QString> checked = checkBoxName(spec.name);
    BOXGATE_CO_TRY(checked);
    // Before the work, which may be long; insert() asks again.
    const Result<StoredBox> sameName = m_store->resolve(spec.name);
    if (sameName && sameName->spec.name == spec.name)
        co_return fail(ErrorCode::AlreadyExists,
                       QStringLiteral("There is a box named %1 already").arg(spec.name));
    const BoxId id = BoxId::random();
    const QString final = m_paths.boxDirectory(id.toString());
    const QString boxes = QFileInfo(final).path();
    removeLeftovers(boxes);
    const QString directory = boxes + QLatin1Char('/') + Prefix + id.toString();
    if (::mkdir(QFile::encodeName(directory).constData(), 0700) != 0)
        co_return fail(
            Error::fromErrno(errno, QStringLiteral("Cannot create the directory %1").arg(directory)));
    // Held to the end: it tells others that the directory is somebody's.
    const Result<FileLock> lock = FileLock::acquire(directory + QStringLiteral("/disk.lock"));
    Result<void> done = lock ? Result<void>() : fail(lock.error());
    if (done)
        done = co_await fill(directory);
    if (done
        && std::rename(QFile::encodeName(directory).constData(), QFile::encodeName(final).constData()) != 0)
        done = fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(directory)));
    if (done)
        done = m_store->insert(id, spec, QDateTime::currentDateTimeUtc());
    if (!done) {
        QDir(directory).removeRecursively();
        QDir(final).removeRecursively();
        co_return fail(done.error());
    }
    co_return id;
}

} // namespace boxgate
