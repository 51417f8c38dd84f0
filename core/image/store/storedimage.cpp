#include "core/image/store/storedimage.h"

#include "core/image/looseobject.h"

#include <QJsonDocument>

namespace boxgate {

namespace {

const QString RefName = QStringLiteral("org.opencontainers.image.ref.name");
const QString IndexDigest = QStringLiteral("io.boxgate.image.index");
const QString Added = QStringLiteral("io.boxgate.image.added");

} // namespace

QString fullName(const ImageRef &ref)
{
    QString text = ref.registry + QLatin1Char('/') + ref.repository;
    if (!ref.tag.isEmpty())
        text += QLatin1Char(':') + ref.tag;
    if (!ref.digest.isEmpty())
        text += QLatin1Char('@') + ref.digest;
    return text;
}

Result<QList<StoredImage>> StoreIndex::parse(const QByteArray &json)
{
    const QString what = QStringLiteral("list");
    const auto document = LooseObject::parse(json, MaxJsonBytes, what);
    BOXGATE_TRY(document);
    LooseObject top(*document, what);
    const QJsonArray entries = top.array(QStringLiteral("manifests"));
    const Result<void> read = top.finish();
    BOXGATE_TRY(read);
    if (entries.size() > MaxImages)
        return fail(ErrorCode::Corrupt, QStringLiteral("The list of images has more than %1").arg(MaxImages));
    QList<StoredImage> images;
    for (const QJsonValue &entry : entries) {
        const auto manifest = BlobDescriptor::fromJson(entry.toObject(), what);
        BOXGATE_TRY(manifest);
        const Result<ImageRef> ref = ImageRef::parse(manifest->tag);
        if (!ref)
            continue;
        LooseObject annotations(entry[QStringLiteral("annotations")].toObject(), what);
        StoredImage image{*ref, *manifest, {}, {}};
        image.index = Digest::parse(annotations.string(IndexDigest)).value_or(Digest());
        image.added = QDateTime::fromString(annotations.string(Added), Qt::ISODateWithMs).toUTC();
        image.manifest.tag.clear();
        images.append(image);
    }
    return images;
}

QByteArray StoreIndex::toJson(const QList<StoredImage> &images)
{
    QJsonArray entries;
    for (const StoredImage &image : images) {
        QJsonObject annotations{{RefName, fullName(image.ref)},
                                {Added, image.added.toUTC().toString(Qt::ISODateWithMs)}};
        if (!image.index.isEmpty())
            annotations.insert(IndexDigest, image.index.toString());
        QJsonObject entry = image.manifest.toJson();
        entry.insert(QStringLiteral("annotations"), annotations);
        entries.append(entry);
    }
    const QJsonObject document{{QStringLiteral("schemaVersion"), 2},
                               {QStringLiteral("mediaType"), mediatype::Index},
                               {QStringLiteral("manifests"), entries}};
    return QJsonDocument(document).toJson(QJsonDocument::Indented);
}

} // namespace boxgate
