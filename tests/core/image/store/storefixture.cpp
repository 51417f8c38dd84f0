#include "tests/core/image/store/storefixture.h"

#include "core/image/ocilayout.h"

#include <QRandomGenerator>

namespace boxgate {

namespace {

BlobDescriptor add(const ImageStore &store, const QByteArray &bytes, const QString &mediaType)
{
    const BlobDescriptor blob = descriptorOf(bytes, mediaType);
    const Result<void> added = store.addBlob(blob, bytes, CancelToken());
    if (!added)
        qFatal("%s", qPrintable(added.error().message));
    return blob;
}

} // namespace

Paths pathsOf(const QString &home)
{
    const Result<Paths> paths = Paths::locate(home);
    if (!paths || !paths->prepare())
        qFatal("no paths");
    return *paths;
}

BlobDescriptor descriptorOf(const QByteArray &bytes, const QString &mediaType)
{
    BlobDescriptor blob;
    blob.mediaType = mediaType;
    blob.digest = Digest::ofBytes(bytes);
    blob.size = bytes.size();
    return blob;
}

QByteArray noise(qsizetype size, quint32 seed)
{
    QRandomGenerator generator(seed);
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &byte : bytes)
        byte = char(generator.generate());
    return bytes;
}

StoredImage addImage(const ImageStore &store, const QString &name, const QList<QByteArray> &layers)
{
    ImageManifest manifest;
    ImageConfig config;
    config.architecture = OciLayout::hostArchitecture();
    config.os = QStringLiteral("linux");
    for (const QByteArray &layer : layers) {
        manifest.layers.append(add(store, layer, QStringLiteral("application/vnd.oci.image.layer.v1.tar")));
        config.diffIds.append(manifest.layers.last().digest);
    }
    manifest.config = add(store, config.toJson(), mediatype::Config);
    StoredImage image;
    image.ref = *ImageRef::parse(name);
    image.manifest = add(store, manifest.toJson(), mediatype::Manifest);
    image.added = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5, 6), Qt::UTC);
    return image;
}

} // namespace boxgate
