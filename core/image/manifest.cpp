#include "core/image/manifest.h"

#include "core/image/looseobject.h"

#include <QJsonDocument>

#include <array>

namespace boxgate {

namespace {

const QString RefName = QStringLiteral("org.opencontainers.image.ref.name");

Result<QList<BlobDescriptor>> descriptors(const QJsonArray &array, qsizetype most, const QString &what)
{
    if (array.size() > most)
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image's %1 lists more than %2 blobs").arg(what).arg(most));
    QList<BlobDescriptor> list;
    for (const QJsonValue &value : array) {
        const Result<BlobDescriptor> descriptor = BlobDescriptor::fromJson(value.toObject(), what);
        BOXGATE_TRY(descriptor);
        list.append(*descriptor);
    }
    return list;
}

QJsonArray toArray(const QList<BlobDescriptor> &list)
{
    QJsonArray array;
    for (const BlobDescriptor &descriptor : list)
        array.append(descriptor.toJson());
    return array;
}

} // namespace

Result<BlobDescriptor> BlobDescriptor::fromJson(const QJsonObject &object, const QString &what)
{
    LooseObject reader(object, what);
    LooseObject platform(reader.object(QStringLiteral("platform")), what);
    LooseObject annotations(reader.object(QStringLiteral("annotations")), what);
    BlobDescriptor descriptor;
    descriptor.mediaType = reader.string(QStringLiteral("mediaType"));
    descriptor.size = reader.count(QStringLiteral("size"));
    if (descriptor.size > MaxBlobBytes)
        reader.reject(QStringLiteral("size"), QStringLiteral("is too large"));
    descriptor.architecture = platform.string(QStringLiteral("architecture"));
    descriptor.os = platform.string(QStringLiteral("os"));
    descriptor.tag = annotations.string(RefName);
    const Result<Digest> digest = Digest::parse(reader.string(QStringLiteral("digest")));
    if (digest)
        descriptor.digest = *digest;
    else
        reader.reject(QStringLiteral("digest"), QStringLiteral("must be sha256: and 64 hexadecimal digits"));
    for (const LooseObject *part : {&reader, &platform, &annotations}) {
        const Result<void> read = part->finish();
        BOXGATE_TRY(read);
    }
    return descriptor;
}

QJsonObject BlobDescriptor::toJson() const
{
    QJsonObject object{{QStringLiteral("mediaType"), mediaType},
                       {QStringLiteral("digest"), digest.toString()},
                       {QStringLiteral("size"), size}};
    if (!architecture.isEmpty()) {
        object.insert(
            QStringLiteral("platform"),
            QJsonObject{{QStringLiteral("architecture"), architecture}, {QStringLiteral("os"), os}});
    }
    if (!tag.isEmpty())
        object.insert(QStringLiteral("annotations"), QJsonObject{{RefName, tag}});
    return object;
}

Result<ImageIndex> ImageIndex::parse(const QByteArray &json)
{
    const QString what = QStringLiteral("index");
    const auto document = LooseObject::parse(json, MaxJsonBytes, what);
    BOXGATE_TRY(document);
    LooseObject reader(*document, what);
    const QJsonArray array = reader.array(QStringLiteral("manifests"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const auto list = descriptors(array, MaxManifests, what);
    BOXGATE_TRY(list);
    return ImageIndex{*list};
}

QByteArray ImageIndex::toJson() const
{
    const QJsonObject document{{QStringLiteral("schemaVersion"), 2},
                               {QStringLiteral("mediaType"), mediatype::Index},
                               {QStringLiteral("manifests"), toArray(manifests)}};
    return QJsonDocument(document).toJson(QJsonDocument::Compact);
}

const BlobDescriptor *ImageIndex::find(const QString &architecture, const QString &tag) const
{
    const BlobDescriptor *unnamed = nullptr;
    for (const BlobDescriptor &descriptor : manifests) {
        if (!tag.isEmpty() && descriptor.tag != tag)
            continue;
        if (descriptor.architecture == architecture && (descriptor.os.isEmpty() || descriptor.os == u"linux"))
            return &descriptor;
        if (descriptor.architecture.isEmpty() && !unnamed)
            unnamed = &descriptor;
    }
    return unnamed;
}

Result<ImageManifest> ImageManifest::parse(const QByteArray &json)
{
    const QString what = QStringLiteral("manifest");
    const auto document = LooseObject::parse(json, MaxJsonBytes, what);
    BOXGATE_TRY(document);
    LooseObject reader(*document, what);
    const QJsonObject config = reader.object(QStringLiteral("config"));
    const QJsonArray array = reader.array(QStringLiteral("layers"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<BlobDescriptor> configuration = BlobDescriptor::fromJson(config, what);
    BOXGATE_TRY(configuration);
    const auto layers = descriptors(array, MaxLayers, what);
    BOXGATE_TRY(layers);
    for (const BlobDescriptor &layer : *layers) {
        if (mediatype::isForeignLayer(layer.mediaType)) {
            return fail(
                ErrorCode::Corrupt,
                QStringLiteral("The image has a foreign layer, which its registry may not hand out, such as "
                               "those of Windows: Boxgate cannot run it"));
        }
        if (!mediatype::isLayer(layer.mediaType)) {
            return fail(ErrorCode::Corrupt,
                        QStringLiteral("The image has a layer of a kind that Boxgate does not know: '%1'")
                            .arg(layer.mediaType.left(100)));
        }
    }
    return ImageManifest{*configuration, *layers};
}

QByteArray ImageManifest::toJson() const
{
    const QJsonObject document{{QStringLiteral("schemaVersion"), 2},
                               {QStringLiteral("mediaType"), mediatype::Manifest},
                               {QStringLiteral("config"), config.toJson()},
                               {QStringLiteral("layers"), toArray(layers)}};
    return QJsonDocument(document).toJson(QJsonDocument::Compact);
}

bool mediatype::isIndex(const QString &type) { return type == Index || type == DockerIndex; }

bool mediatype::isForeignLayer(const QString &type)
{
    return type.startsWith(QLatin1String("application/vnd.oci.image.layer.nondistributable."))
        || type.startsWith(QLatin1String("application/vnd.docker.image.rootfs.foreign."));
}

bool mediatype::isLayer(const QString &type)
{
    static const std::array known{
        QLatin1String("application/vnd.oci.image.layer.v1.tar"),
        QLatin1String("application/vnd.oci.image.layer.v1.tar+gzip"),
        QLatin1String("application/vnd.oci.image.layer.v1.tar+zstd"),
        QLatin1String("application/vnd.docker.image.rootfs.diff.tar"),
        QLatin1String("application/vnd.docker.image.rootfs.diff.tar.gzip"),
        QLatin1String("application/vnd.docker.image.rootfs.diff.tar.zstd"),
    };
    for (const QLatin1String candidate : known) {
        if (type == candidate)
            return true;
    }
    return false;
}

} // namespace boxgate
