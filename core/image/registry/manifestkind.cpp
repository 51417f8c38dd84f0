#include "core/image/registry/manifestkind.h"

#include "core/image/looseobject.h"
#include "core/image/registry/registryanswers.h"

namespace boxgate {

namespace {

const QString Schema1 = QStringLiteral("application/vnd.docker.distribution.manifest.v1");
constexpr qsizetype MaxListedPlatforms = 16;

} // namespace

QByteArray acceptedManifests()
{
    const QStringList types{mediatype::Index, mediatype::Manifest, mediatype::DockerIndex,
                            mediatype::DockerManifest};
    return types.join(QStringLiteral(", ")).toLatin1();
}

Result<ManifestKind> manifestKind(const QByteArray &json, const QByteArray &contentType)
{
    const auto document = LooseObject::parse(json, ImageManifest::MaxJsonBytes, QStringLiteral("manifest"));
    BOXGATE_TRY(document);
    QString type = document->value(QStringLiteral("mediaType")).toString();
    if (type.isEmpty())
        type = QString::fromLatin1(contentType.left(200)).section(u';', 0, 0).trimmed();
    if (type.startsWith(Schema1) || document->value(QStringLiteral("schemaVersion")).toInt() == 1) {
        return fail(
            ErrorCode::Protocol,
            QStringLiteral("the image is in the old schema 1, which Boxgate does not read: push it again "
                           "with a tool of this decade"));
    }
    if (mediatype::isIndex(type))
        return ManifestKind::Index;
    if (type == mediatype::Manifest || type == mediatype::DockerManifest)
        return ManifestKind::Image;
    // Some registries announce application/json, or nothing.
    if (document->value(QStringLiteral("manifests")).isArray())
        return ManifestKind::Index;
    if (document->value(QStringLiteral("layers")).isArray())
        return ManifestKind::Image;
    return fail(ErrorCode::Protocol, QStringLiteral("the answer is no image but '%1'").arg(servedText(type)));
}

QString platformList(const ImageIndex &index)
{
    QStringList platforms;
    for (const BlobDescriptor &entry : index.manifests) {
        const QString platform = servedText(entry.os + QLatin1Char('/') + entry.architecture);
        // Attestations of builders are listed as unknown/unknown.
        const bool isNamed = !entry.architecture.isEmpty() && entry.architecture != QLatin1String("unknown");
        if (isNamed && !platforms.contains(platform))
            platforms.append(platform);
    }
    if (platforms.size() > MaxListedPlatforms)
        platforms = platforms.mid(0, MaxListedPlatforms) + QStringList{QStringLiteral("...")};
    return platforms.join(QStringLiteral(", "));
}

} // namespace boxgate
