#include "core/client/boxmanifest.h"

#include "core/base/jsonreader.h"

#include <QJsonDocument>

namespace boxgate {

namespace {

const QString Format = QStringLiteral("boxgate-box");
constexpr qint64 Exact = 1LL << 53;

Error corrupt(const Error &why)
{
    return {ErrorCode::Corrupt, QStringLiteral("The exported box is damaged: %1").arg(why.message),
            why.detail};
}

} // namespace

QByteArray BoxManifest::encode() const
{
    const QJsonObject object{{QStringLiteral("format"), Format},
                             {QStringLiteral("version"), Version},
                             {QStringLiteral("exported_at"), exportedAt.toUTC().toString(Qt::ISODateWithMs)},
                             {QStringLiteral("disk_bytes"), qint64(diskSize.count())},
                             {QStringLiteral("chunks"), qint64(chunks)},
                             {QStringLiteral("image"), image.toJson()},
                             {QStringLiteral("spec"), spec.toJson()}};
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

Result<BoxManifest> BoxManifest::decode(const QByteArray &json)
{
    const QJsonDocument document = json.size() <= MaxBytes ? QJsonDocument::fromJson(json) : QJsonDocument();
    JsonReader reader(document.object(), ManifestName);
    const bool isOurs = reader.string(QStringLiteral("format")).value_or(QString()) == Format;
    const qint64 version = reader.integer(QStringLiteral("version"), 0, Exact).value_or(0);
    if (!isOurs || version < 1)
        return fail(ErrorCode::Corrupt, QStringLiteral("This is no box that Boxgate has exported"));
    if (version > Version) {
        return fail(ErrorCode::NewerVersion,
                    QStringLiteral("The box was exported by a newer Boxgate: use that one to import it"));
    }
    BoxManifest manifest;
    manifest.exportedAt =
        QDateTime::fromString(reader.requiredString(QStringLiteral("exported_at")), Qt::ISODateWithMs);
    if (!manifest.exportedAt.isValid())
        reader.reject(QStringLiteral("exported_at"), QStringLiteral("is no time"));
    const auto lowest = qint64(BoxSpec::MinDisk.count());
    const auto highest = qint64(BoxSpec::MaxDisk.count());
    const std::optional<qint64> disk = reader.integer(QStringLiteral("disk_bytes"), lowest, highest);
    if (!disk)
        reader.reject(QStringLiteral("disk_bytes"), QStringLiteral("is missing"));
    manifest.diskSize = Bytes(quint64(disk.value_or(0)));
    manifest.chunks = quint64(reader.integer(QStringLiteral("chunks"), 0, Exact).value_or(0));
    if (manifest.chunks > (manifest.diskSize.count() + ChunkBytes - 1) / ChunkBytes)
        reader.reject(QStringLiteral("chunks"), QStringLiteral("is more than the disk holds"));
    const QJsonObject image = reader.object(QStringLiteral("image")).value_or(QJsonObject());
    const QJsonObject spec = reader.object(QStringLiteral("spec")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    if (!read)
        return fail(corrupt(read.error()));
    const Result<BoxImage> parsedImage = BoxImage::fromJson(image);
    if (!parsedImage)
        return fail(corrupt(parsedImage.error()));
    manifest.image = *parsedImage;
    const Result<BoxSpec> parsedSpec = BoxSpec::fromJson(spec);
    if (!parsedSpec)
        return fail(corrupt(parsedSpec.error()));
    manifest.spec = *parsedSpec;
    return manifest;
}

QByteArray ArchiveEnd::encode() const
{
    const QJsonObject object{{QStringLiteral("chunks"), qint64(chunks)},
                             {QStringLiteral("sha256"), QString::fromLatin1(sha256.toHex())}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Result<ArchiveEnd> ArchiveEnd::decode(const QByteArray &json)
{
    const QJsonDocument document = json.size() <= MaxBytes ? QJsonDocument::fromJson(json) : QJsonDocument();
    JsonReader reader(document.object(), EndName);
    ArchiveEnd end;
    end.chunks = quint64(reader.integer(QStringLiteral("chunks"), 0, Exact).value_or(0));
    end.sha256 = QByteArray::fromHex(reader.requiredString(QStringLiteral("sha256")).toLatin1());
    if (end.sha256.size() != 32)
        reader.reject(QStringLiteral("sha256"), QStringLiteral("is none"));
    const Result<void> read = reader.finish();
    if (!read)
        return fail(corrupt(read.error()));
    return end;
}

QString chunkName(quint64 offset) { return QStringLiteral("disk/%1").arg(offset, 16, 16, QLatin1Char('0')); }

std::optional<quint64> chunkOffset(const QByteArray &name, Bytes diskSize)
{
    bool isNumber = false;
    const quint64 offset = name.startsWith("disk/") ? name.mid(5).toULongLong(&isNumber, 16) : 0;
    if (!isNumber || name != chunkName(offset).toLatin1() || offset >= diskSize.count()
        || offset % ChunkBytes != 0)
        return std::nullopt;
    return offset;
}

quint64 chunkLength(quint64 offset, Bytes diskSize)
{
    return std::min(ChunkBytes, diskSize.count() - offset);
}

QStringList disarm(BoxSpec &spec)
{
    QStringList taken;
    for (const Mount &mount : std::as_const(spec.mounts))
        taken.append(QStringLiteral("volume %1").arg(mount.toString()));
    if (!spec.network.ports.isEmpty())
        taken.append(QStringLiteral("%1 published ports").arg(spec.network.ports.size()));
    if (spec.network.exposesLoopback())
        taken.append(QStringLiteral("the way to this host's loopback"));
    spec.mounts.clear();
    spec.network.ports.clear();
    spec.network.hostLoopback = HostLoopback::Off;
    spec.network.hostLoopbackPorts.clear();
    spec.network.capture = false;
    spec.autoRemove = false;
    return taken;
}

} // namespace boxgate
