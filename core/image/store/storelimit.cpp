#include "core/image/store/storelimit.h"

#include "core/base/filelock.h"
#include "core/image/store/atomicfile.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace boxgate {

namespace {

const QString Field = QStringLiteral("image_limit_bytes");
constexpr qint64 MaxFileBytes = 1 << 20;

Result<QJsonObject> readSettings(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return QJsonObject();
    if (!file.open(QIODevice::ReadOnly))
        return fail(fileError(file, QStringLiteral("Cannot read %1").arg(path)));
    const QJsonDocument document = QJsonDocument::fromJson(file.read(MaxFileBytes));
    if (!document.isObject())
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("%1 is not a JSON object: mend or remove it").arg(path));
    return document.object();
}

} // namespace

Result<std::optional<Bytes>> storeLimit(const Paths &paths)
{
    const auto settings = readSettings(paths.settings());
    BOXGATE_TRY(settings);
    const QJsonValue value = settings->value(Field);
    if (value.isUndefined() || value.isNull())
        return std::optional<Bytes>();
    if (value.toInteger(-1) < 0)
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("'%1' in %2 must be a number of bytes").arg(Field, paths.settings()));
    return std::optional(Bytes(quint64(value.toInteger())));
}

Result<void> setStoreLimit(const Paths &paths, const std::optional<Bytes> &limit)
{
    const auto lock =
        FileLock::wait(paths.settings() + QStringLiteral(".lock"), FileLock::Mode::Exclusive, CancelToken());
    BOXGATE_TRY(lock);
    auto settings = readSettings(paths.settings());
    BOXGATE_TRY(settings);
    if (limit)
        settings->insert(Field, qint64(limit->count()));
    else
        settings->remove(Field);
    return replaceFile(paths.settings(), QJsonDocument(*settings).toJson());
}

} // namespace boxgate
