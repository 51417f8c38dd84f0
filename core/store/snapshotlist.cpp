#include "core/store/snapshotlist.h"

#include "core/base/jsonreader.h"
#include "core/model/boxname.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

namespace boxgate {

namespace {

/// A specification has at most some 200 KiB: core/model.
constexpr qint64 MaxFileBytes = 16LL << 20;

Error damaged(const QString &file)
{
    return {ErrorCode::Corrupt,
            QStringLiteral("The list of snapshots %1 is damaged: remove it to go on without them").arg(file),
            {}};
}

} // namespace

QJsonObject Snapshot::toJson() const
{
    return {{QStringLiteral("name"), name},
            {QStringLiteral("layer"), layer},
            {QStringLiteral("created_at"), createdAt.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("spec"), spec.toJson()}};
}

Result<Snapshot> Snapshot::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("snapshot"));
    Snapshot snapshot;
    snapshot.name = reader.requiredString(QStringLiteral("name"));
    snapshot.layer = reader.requiredString(QStringLiteral("layer"));
    if (snapshot.layer.contains(u'/') || !snapshot.layer.startsWith(QLatin1String("layer-")))
        reader.reject(QStringLiteral("layer"), QStringLiteral("is no layer"));
    snapshot.createdAt =
        QDateTime::fromString(reader.requiredString(QStringLiteral("created_at")), Qt::ISODateWithMs);
    if (!snapshot.createdAt.isValid())
        reader.reject(QStringLiteral("created_at"), QStringLiteral("is no time"));
    const QJsonObject spec = reader.object(QStringLiteral("spec")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<BoxSpec> parsed = BoxSpec::fromJson(spec);
    BOXGATE_TRY(parsed);
    snapshot.spec = *parsed;
    return snapshot;
}

Result<QList<Snapshot>> readSnapshots(const QString &file)
{
    QList<Snapshot> snapshots;
    QFile opened(file);
    if (!opened.open(QIODevice::ReadOnly)) {
        if (!QFileInfo::exists(file))
            return snapshots;
        return fail(ErrorCode::Io, QStringLiteral("Cannot read %1: %2").arg(file, opened.errorString()));
    }
    if (opened.size() > MaxFileBytes)
        return fail(damaged(file));
    const QJsonDocument document = QJsonDocument::fromJson(opened.readAll());
    if (!document.isArray() || document.array().size() > MaxSnapshots)
        return fail(damaged(file));
    const QJsonArray array = document.array();
    for (const QJsonValue &value : array) {
        const Result<Snapshot> snapshot = Snapshot::fromJson(value.toObject());
        if (!snapshot)
            return fail(damaged(file));
        snapshots.append(*snapshot);
    }
    return snapshots;
}

Result<void> writeSnapshots(const QString &file, const QList<Snapshot> &snapshots)
{
    QJsonArray array;
    for (const Snapshot &snapshot : snapshots)
        array.append(snapshot.toJson());
    const QByteArray json = QJsonDocument(array).toJson(QJsonDocument::Compact);
    QSaveFile saved(file);
    saved.setDirectWriteFallback(false);
    if (!saved.open(QIODevice::WriteOnly) || saved.write(json) != json.size() || !saved.commit()) {
        const bool isFull =
            saved.error() == QFileDevice::ResourceError || saved.error() == QFileDevice::WriteError;
        return fail(isFull ? ErrorCode::DiskFull : ErrorCode::Io,
                    QStringLiteral("Cannot write %1: %2").arg(file, saved.errorString()));
    }
    return {};
}

} // namespace boxgate
