#include "core/store/exitrecordfile.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

#include <cerrno>
#include <cstdio>

namespace boxgate {

namespace {

constexpr qint64 MaxRecordBytes = 64 * 1024;

ExitRecord unreadable(const QString &path, const QString &why)
{
    const QFileInfo info(path);
    ExitRecord record;
    record.kind = ExitRecord::Kind::Crashed;
    record.message = QStringLiteral("How the last run ended is not known: the record %1 %2").arg(path, why);
    record.startedAt = record.endedAt = info.lastModified().toUTC();
    return record;
}

ErrorCode codeOf(QFileDevice::FileError error)
{
    switch (error) {
    case QFileDevice::ResourceError:
    case QFileDevice::WriteError:
        return ErrorCode::DiskFull;
    case QFileDevice::PermissionsError:
        return ErrorCode::Denied;
    default:
        return ErrorCode::Io;
    }
}

} // namespace

Result<void> writeExitRecord(const QString &path, const ExitRecord &record)
{
    if (!QFileInfo(QFileInfo(path).path()).isDir())
        return fail(ErrorCode::NotFound,
                    QStringLiteral("Cannot write %1: the box's directory is gone").arg(path));
    const QByteArray json = QJsonDocument(record.toJson()).toJson();
    QSaveFile file(path); // writes beside it, syncs, renames
    file.setDirectWriteFallback(false);
    if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
        return fail(codeOf(file.error()),
                    QStringLiteral("Cannot write %1: %2").arg(path, file.errorString()));
    return {};
}

std::optional<ExitRecord> readExitRecord(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        if (!QFileInfo::exists(path))
            return std::nullopt;
        return unreadable(path, QStringLiteral("cannot be read: %1").arg(file.errorString()));
    }
    const QByteArray json = file.read(MaxRecordBytes + 1);
    if (json.size() > MaxRecordBytes)
        return unreadable(path, QStringLiteral("is too large"));
    const QJsonDocument document = QJsonDocument::fromJson(json);
    const Result<ExitRecord> record = ExitRecord::fromJson(document.object());
    if (!document.isObject() || !record)
        return unreadable(path, QStringLiteral("is damaged"));
    return *record;
}

Result<void> removeExitRecord(const QString &path)
{
    if (std::remove(QFile::encodeName(path).constData()) != 0 && errno != ENOENT)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot remove %1").arg(path)));
    return {};
}

} // namespace boxgate
