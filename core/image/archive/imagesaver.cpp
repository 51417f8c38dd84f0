#include "core/image/archive/imagesaver.h"

#include "core/image/archive/tarwriter.h"
#include "core/image/ocilayout.h"
#include "core/image/sha256.h"
#include "core/image/store/atomicfile.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <utility>

namespace boxgate {

namespace {

constexpr qint64 ChunkBytes = 1 << 20;
const QByteArray Marker = QByteArrayLiteral("{\"imageLayoutVersion\":\"1.0.0\"}");
const QByteArray BlobFolder = QByteArrayLiteral("blobs/sha256/");

QByteArray blobName(const Digest &digest) { return BlobFolder + digest.hex().toLatin1(); }

/// A manifest as index.json lists it, under the name of its image.
QJsonObject indexEntry(const ImageInfo &image, const QByteArray &manifestJson)
{
    const QString stated =
        QJsonDocument::fromJson(manifestJson).object().value(QStringLiteral("mediaType")).toString();
    BlobDescriptor descriptor;
    descriptor.mediaType = stated.isEmpty() ? mediatype::Manifest : stated;
    descriptor.digest = image.digest;
    descriptor.size = manifestJson.size();
    descriptor.architecture = image.config.architecture;
    descriptor.os = image.config.os;
    QJsonObject entry = descriptor.toJson();
    const QString name = fullName(image.ref);
    entry.insert(QStringLiteral("annotations"),
                 QJsonObject{{QStringLiteral("io.containerd.image.name"), name},
                             {QStringLiteral("org.opencontainers.image.ref.name"), name}});
    return entry;
}

void addDocker(QList<DockerArchiveImage> &list, const ImageInfo &image, const ImageManifest &manifest)
{
    DockerArchiveImage entry;
    entry.config = blobName(manifest.config.digest);
    for (const BlobDescriptor &layer : manifest.layers)
        entry.layers.append(blobName(layer.digest));
    auto same = std::find_if(list.begin(), list.end(), [&](const DockerArchiveImage &other) {
        return other.config == entry.config && other.layers == entry.layers;
    });
    if (same == list.end())
        same = list.insert(list.end(), entry);
    // Docker's names have no digests.
    if (image.ref.digest.isEmpty())
        same->names.append(image.ref);
}

} // namespace

ImageSaver::ImageSaver(Progress progress, const CancelToken &cancel)
    : m_progress(std::move(progress))
    , m_cancel(cancel)
{ }

Result<ImageSaver::Plan> ImageSaver::plan(const QList<ImageInfo> &images) const
{
    Plan plan;
    QJsonArray entries;
    QList<DockerArchiveImage> docker;
    for (const ImageInfo &image : images) {
        const auto layout = OciLayout::open(image.layout);
        BOXGATE_TRY(layout);
        QFile file(layout->blobPath(image.digest));
        if (!file.open(QIODevice::ReadOnly))
            return fail(fileError(file, QStringLiteral("Cannot read %1").arg(file.fileName())));
        const QByteArray json = file.read(ImageManifest::MaxJsonBytes);
        const auto manifest = ImageManifest::parse(json);
        BOXGATE_TRY(manifest);
        QList<BlobDescriptor> blobs = manifest->layers;
        blobs.append(manifest->config);
        blobs.append(BlobDescriptor{{}, image.digest, json.size(), {}, {}, {}});
        for (const BlobDescriptor &blob : std::as_const(blobs))
            plan.blobs.emplace(blob.digest.hex(),
                               Blob{blob.digest, blob.size, layout->blobPath(blob.digest)});
        entries.append(indexEntry(image, json));
        addDocker(docker, image, *manifest);
    }
    const QJsonObject index{{QStringLiteral("schemaVersion"), 2},
                            {QStringLiteral("mediaType"), mediatype::Index},
                            {QStringLiteral("manifests"), entries}};
    plan.index = QJsonDocument(index).toJson(QJsonDocument::Compact);
    plan.docker = toDockerManifest(docker);
    return plan;
}

Result<void> ImageSaver::copyBlob(const Blob &blob, const Sink &sink)
{
    const auto damaged = [&blob] {
        return fail(
            ErrorCode::Corrupt,
            QStringLiteral("The image is damaged, its blob %1 is not what it should be: remove the image "
                           "and get it again")
                .arg(blob.digest.toString()));
    };
    QFile file(blob.file);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered) || file.size() != blob.size)
        return damaged();
    Sha256 hash;
    QByteArray chunk(ChunkBytes, Qt::Uninitialized);
    for (qint64 left = blob.size; left > 0;) {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, QStringLiteral("Saving the image was cancelled"));
        const qint64 count = file.read(chunk.data(), std::min(left, ChunkBytes));
        if (count <= 0)
            return damaged();
        hash.addData(QByteArrayView(chunk.constData(), count));
        const Result<void> taken = sink(chunk.constData(), count);
        BOXGATE_TRY(taken);
        left -= count;
        m_done += quint64(count);
        if (m_progress)
            m_progress(Bytes(m_done), Bytes(m_total));
    }
    if (Digest::fromHash(hash.result()) != blob.digest)
        return damaged();
    return {};
}

Result<void> ImageSaver::toArchive(const QList<ImageInfo> &images, const Sink &sink)
{
    const auto what = plan(images);
    BOXGATE_TRY(what);
    for (const auto &[name, blob] : what->blobs)
        m_total += quint64(blob.size);
    TarWriter tar(sink);
    const std::pair<QByteArray, QByteArray> documents[] = {
        {"oci-layout", Marker}, {"index.json", what->index}, {"manifest.json", what->docker}};
    for (const auto &[name, bytes] : documents) {
        const Result<void> added = tar.addFile(name, bytes);
        BOXGATE_TRY(added);
    }
    for (const auto &[name, blob] : what->blobs) {
        const Result<void> begun = tar.beginFile(blobName(blob.digest), blob.size);
        BOXGATE_TRY(begun);
        const Result<void> copied =
            copyBlob(blob, [&tar](const char *data, qint64 size) { return tar.write(data, size); });
        BOXGATE_TRY(copied);
    }
    return tar.finish();
}

Result<void> ImageSaver::toFolder(const QList<ImageInfo> &images, const QString &directory)
{
    const auto what = plan(images);
    BOXGATE_TRY(what);
    for (const auto &[name, blob] : what->blobs)
        m_total += quint64(blob.size);
    const QDir folder(directory);
    if (folder.exists() && !folder.isEmpty())
        return fail(ErrorCode::AlreadyExists,
                    QStringLiteral("The folder %1 is not empty: name a new one").arg(directory));
    if (!folder.mkpath(QString::fromLatin1(BlobFolder)))
        return fail(ErrorCode::Denied, QStringLiteral("Cannot create the folder %1").arg(directory));
    for (const auto &[name, blob] : what->blobs) {
        QFile file(folder.filePath(QString::fromLatin1(blobName(blob.digest))));
        const auto broken = [&file] {
            return fail(fileError(file, QStringLiteral("Cannot write %1").arg(file.fileName())));
        };
        if (!file.open(QIODevice::NewOnly | QIODevice::WriteOnly | QIODevice::Unbuffered))
            return broken();
        const Sink sink = [&](const char *data, qint64 size) -> Result<void> {
            return file.write(data, size) == size ? Result<void>() : Result<void>(broken());
        };
        const Result<void> copied = copyBlob(blob, sink);
        BOXGATE_TRY(copied);
    }
    const Result<void> marked = replaceFile(folder.filePath(QStringLiteral("oci-layout")), Marker);
    BOXGATE_TRY(marked);
    return replaceFile(folder.filePath(QStringLiteral("index.json")), what->index);
}

} // namespace boxgate
