#include "core/image/archive/dockermanifest.h"

#include "core/image/looseobject.h"
#include "core/image/manifest.h"
#include "core/image/store/storedimage.h"

#include <QJsonDocument>

namespace boxgate {

namespace {

tl::unexpected<Error> wrong(const QString &why)
{
    return fail(ErrorCode::Corrupt, QStringLiteral("The archive's manifest.json %1").arg(why));
}

} // namespace

Result<QList<DockerArchiveImage>> parseDockerManifest(const QByteArray &json)
{
    if (json.size() > MaxDockerManifestBytes)
        return wrong(QStringLiteral("is larger than %1 bytes").arg(MaxDockerManifestBytes));
    const QJsonDocument document = QJsonDocument::fromJson(json);
    if (!document.isArray())
        return wrong(QStringLiteral("is not a JSON list"));
    const QJsonArray entries = document.array();
    if (entries.size() > MaxDockerImages)
        return wrong(QStringLiteral("lists more than %1 images").arg(MaxDockerImages));
    QList<DockerArchiveImage> images;
    for (const QJsonValue &entry : entries) {
        LooseObject reader(entry.toObject(), QStringLiteral("manifest.json"));
        DockerArchiveImage image;
        image.config = reader.string(QStringLiteral("Config")).toUtf8();
        for (const QString &layer : reader.strings(QStringLiteral("Layers")))
            image.layers.append(layer.toUtf8());
        for (const QString &name : reader.strings(QStringLiteral("RepoTags"))) {
            const Result<ImageRef> ref = ImageRef::parse(name);
            if (ref && !ref->isBuiltin() && !image.names.contains(*ref))
                image.names.append(*ref);
        }
        const Result<void> read = reader.finish();
        BOXGATE_TRY(read);
        if (image.config.isEmpty())
            return wrong(QStringLiteral("has an image without a configuration"));
        if (image.layers.size() > ImageManifest::MaxLayers)
            return wrong(
                QStringLiteral("has an image with more than %1 layers").arg(ImageManifest::MaxLayers));
        images.append(image);
    }
    return images;
}

QByteArray toDockerManifest(const QList<DockerArchiveImage> &images)
{
    QJsonArray entries;
    for (const DockerArchiveImage &image : images) {
        QJsonArray layers;
        for (const QByteArray &layer : image.layers)
            layers.append(QString::fromUtf8(layer));
        QJsonArray names;
        for (const ImageRef &ref : image.names)
            names.append(fullName(ref));
        entries.append(QJsonObject{{QStringLiteral("Config"), QString::fromUtf8(image.config)},
                                   {QStringLiteral("RepoTags"), names},
                                   {QStringLiteral("Layers"), layers}});
    }
    return QJsonDocument(entries).toJson(QJsonDocument::Compact);
}

} // namespace boxgate
