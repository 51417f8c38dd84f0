#include "core/image/archive/imageloader.h"

#include "core/image/ocilayout.h"
#include "core/image/store/atomicfile.h"

#include <QFileInfo>

#include <utility>

namespace boxgate {

namespace {

constexpr qint64 ChunkBytes = 1 << 20;
const QByteArray IndexName = QByteArrayLiteral("index.json");
const QByteArray DockerName = QByteArrayLiteral("manifest.json");

Result<void> checkName(const QString &name)
{
    if (name.isEmpty())
        return {};
    const Result<ImageRef> ref = ImageRef::parse(name);
    BOXGATE_TRY(ref);
    if (ref->isBuiltin())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 is the name of a builtin image: choose another").arg(name));
    return {};
}

} // namespace

ImageLoader::ImageLoader(const ImageStore &store, Progress progress, const CancelToken &cancel)
    : m_store(store)
    , m_progress(std::move(progress))
    , m_cancel(cancel)
    , m_architecture(OciLayout::hostArchitecture())
{ }

void ImageLoader::read(qint64 bytes)
{
    m_done += quint64(bytes);
    if (m_progress)
        m_progress(Bytes(m_done));
}

ByteSource ImageLoader::counted(const ByteSource &source)
{
    return [this, source](char *data, qint64 size) -> Result<qint64> {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, QStringLiteral("Reading the archive was cancelled"));
        Result<qint64> count = source(data, size);
        if (count)
            read(*count);
        return count;
    };
}

Result<QList<StoredImage>> ImageLoader::loadArchive(const ByteSource &source, const QString &name)
{
    const Result<void> usable = checkName(name);
    BOXGATE_TRY(usable);
    const auto use = m_store.use(m_cancel);
    BOXGATE_TRY(use);
    const auto reader = ArchiveReader::open(counted(source));
    BOXGATE_TRY(reader);
    ArchiveContents contents(m_store, m_cancel);
    const Result<void> contentsRead = contents.read(**reader);
    BOXGATE_TRY(contentsRead);
    if (!contents.has(IndexName) && !contents.has(DockerName)) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("It holds no image: neither an index.json nor a manifest.json is in it"));
    }
    if (!contents.has(IndexName))
        return nameDocker(contents, name);
    const auto index = contents.document(IndexName, ImageIndex::MaxJsonBytes);
    BOXGATE_TRY(index);
    const Fetch fetch = [this](const BlobDescriptor &blob) -> Result<void> {
        if (m_store.has(blob))
            return {};
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The archive lacks the blob %1").arg(blob.digest.toString()));
    };
    auto named = nameLayout(*index, name, fetch);
    // Some archives are both, and only docker's half has the names.
    if (!named && named.error().code == ErrorCode::InvalidArgument && contents.has(DockerName))
        return nameDocker(contents, name);
    return named;
}

Result<QList<StoredImage>> ImageLoader::loadFolder(const QString &directory, const QString &name)
{
    const Result<void> usable = checkName(name);
    BOXGATE_TRY(usable);
    const auto layout = OciLayout::open(directory);
    BOXGATE_TRY(layout);
    QFile index(directory + QLatin1Char('/') + QString::fromLatin1(IndexName));
    if (!QFileInfo(index).isFile() || !index.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Corrupt, QStringLiteral("%1 cannot be read").arg(index.fileName()));
    const auto use = m_store.use(m_cancel);
    BOXGATE_TRY(use);
    const Fetch fetch = [&](const BlobDescriptor &blob) {
        return copyBlob(layout->blobPath(blob.digest), blob);
    };
    return nameLayout(index.read(ImageIndex::MaxJsonBytes + 1), name, fetch);
}

Result<void> ImageLoader::copyBlob(const QString &file, const BlobDescriptor &blob)
{
    if (m_store.has(blob))
        return {};
    const Result<void> space = m_store.checkSpace(Bytes(quint64(blob.size)));
    BOXGATE_TRY(space);
    QFile from(file);
    if (!QFileInfo(file).isFile() || !from.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fail(ErrorCode::Corrupt, QStringLiteral("The blob %1 cannot be read").arg(file));
    const auto writer = m_store.writeBlob(blob, m_cancel);
    BOXGATE_TRY(writer);
    if (!*writer)
        return {};
    from.seek((*writer)->offset());
    QByteArray chunk(ChunkBytes, Qt::Uninitialized);
    for (;;) {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, QStringLiteral("Copying the image was cancelled"));
        const qint64 count = from.read(chunk.data(), chunk.size());
        if (count < 0)
            return fail(fileError(from, QStringLiteral("Cannot read %1").arg(file)));
        if (count == 0)
            return (*writer)->commit();
        const Result<void> written = (*writer)->write(chunk.constData(), count);
        BOXGATE_TRY(written);
        read(count);
    }
}

Result<QList<StoredImage>> ImageLoader::nameLayout(const QByteArray &indexJson, const QString &name,
                                                   const Fetch &fetch) const
{
    const auto entries = layoutNames(indexJson, m_architecture, name);
    BOXGATE_TRY(entries);
    QList<StoredImage> images;
    for (const LayoutName &entry : *entries) {
        const auto image = nameLayoutImage(entry, fetch);
        BOXGATE_TRY(image);
        images.append(*image);
    }
    return images;
}

Result<StoredImage> ImageLoader::nameLayoutImage(const LayoutName &entry, const Fetch &fetch) const
{
    StoredImage image{entry.ref, entry.descriptor, {}, QDateTime::currentDateTimeUtc()};
    for (int depth = 0; mediatype::isIndex(image.manifest.mediaType); ++depth) {
        if (depth == MaxIndexDepth)
            return fail(ErrorCode::Corrupt, QStringLiteral("Its indexes are nested too deeply"));
        const Result<void> fetched = fetch(image.manifest);
        BOXGATE_TRY(fetched);
        const auto json = m_store.readBlob(image.manifest, ImageIndex::MaxJsonBytes);
        BOXGATE_TRY(json);
        const auto index = ImageIndex::parse(*json);
        BOXGATE_TRY(index);
        const BlobDescriptor *found = index->find(m_architecture, {});
        if (!found)
            return fail(noneForArchitecture(*index, m_architecture));
        if (image.index.isEmpty())
            image.index = image.manifest.digest;
        image.manifest = *found;
    }
    const Result<void> fetched = fetch(image.manifest);
    BOXGATE_TRY(fetched);
    const auto json = m_store.readBlob(image.manifest, ImageManifest::MaxJsonBytes);
    BOXGATE_TRY(json);
    const auto manifest = ImageManifest::parse(*json);
    BOXGATE_TRY(manifest);
    const Result<void> withConfig = fetch(manifest->config);
    BOXGATE_TRY(withConfig);
    const auto configJson = m_store.readBlob(manifest->config, ImageConfig::MaxJsonBytes);
    BOXGATE_TRY(configJson);
    const auto config = checkedConfig(*configJson, manifest->layers.size());
    BOXGATE_TRY(config);
    for (const BlobDescriptor &layer : manifest->layers) {
        const Result<void> withLayer = fetch(layer);
        BOXGATE_TRY(withLayer);
    }
    const Result<void> named = m_store.setName(image);
    BOXGATE_TRY(named);
    return image;
}

Result<ImageConfig> ImageLoader::checkedConfig(const QByteArray &json, qsizetype layers) const
{
    auto config = ImageConfig::parse(json);
    BOXGATE_TRY(config);
    if (config->diffIds.size() != layers) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image has %1 layers, but %2 in its configuration")
                        .arg(layers)
                        .arg(config->diffIds.size()));
    }
    if (!config->architecture.isEmpty() && config->architecture != m_architecture) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("The image is made for %1, this machine needs %2")
                        .arg(config->architecture.left(20), m_architecture));
    }
    return config;
}

Result<QList<StoredImage>> ImageLoader::nameDocker(ArchiveContents &contents, const QString &name) const
{
    const auto json = contents.document(DockerName, MaxDockerManifestBytes);
    BOXGATE_TRY(json);
    const auto entries = parseDockerManifest(*json);
    BOXGATE_TRY(entries);
    if (entries->isEmpty())
        return fail(ErrorCode::NotFound, QStringLiteral("There is no image in it"));
    if (!name.isEmpty() && entries->size() > 1) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 images are in it, they cannot all be named %2: leave --name out")
                        .arg(entries->size())
                        .arg(name));
    }
    QList<StoredImage> images;
    for (const DockerArchiveImage &entry : *entries) {
        const QList<ImageRef> names =
            name.isEmpty() ? entry.names : QList<ImageRef>{ImageRef::parse(name).value()};
        if (names.isEmpty()) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("It does not say the name of its image: give it one with --name"));
        }
        const auto manifest = addDockerImage(contents, entry);
        BOXGATE_TRY(manifest);
        for (const ImageRef &ref : names) {
            const StoredImage image{ref, *manifest, {}, QDateTime::currentDateTimeUtc()};
            const Result<void> named = m_store.setName(image);
            BOXGATE_TRY(named);
            images.append(image);
        }
    }
    return images;
}

Result<BlobDescriptor> ImageLoader::addDockerImage(ArchiveContents &contents,
                                                   const DockerArchiveImage &image) const
{
    const auto describe = [](const QByteArray &bytes, const QString &type) {
        return BlobDescriptor{type, Digest::ofBytes(bytes), bytes.size(), {}, {}, {}};
    };
    const auto configJson = contents.document(image.config, ImageConfig::MaxJsonBytes);
    BOXGATE_TRY(configJson);
    const auto config = checkedConfig(*configJson, image.layers.size());
    BOXGATE_TRY(config);
    ImageManifest manifest;
    for (qsizetype i = 0; i < image.layers.size(); ++i) {
        const auto layer = contents.takeLayer(image.layers[i]);
        BOXGATE_TRY(layer);
        // Of a compressed one it is found out when the root disk is made.
        const bool isPlain = !layer->mediaType.contains(u'+');
        if (isPlain && layer->digest != config->diffIds[i]) {
            return fail(
                ErrorCode::Corrupt,
                QStringLiteral("The archive's layer %1 is not the one that the image's configuration names")
                    .arg(QString::fromUtf8(image.layers[i].left(200))));
        }
        manifest.layers.append(*layer);
    }
    manifest.config = describe(*configJson, mediatype::Config);
    const Result<void> configAdded = m_store.addBlob(manifest.config, *configJson, m_cancel);
    BOXGATE_TRY(configAdded);
    const QByteArray manifestJson = manifest.toJson();
    const BlobDescriptor descriptor = describe(manifestJson, mediatype::Manifest);
    const Result<void> added = m_store.addBlob(descriptor, manifestJson, m_cancel);
    BOXGATE_TRY(added);
    return descriptor;
}

} // namespace boxgate
