#include "core/image/store/imagestore.h"

#include "core/image/ocilayout.h"
#include "core/image/store/atomicfile.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace boxgate {

namespace {

bool isNamed(const StoredImage &image, const ImageRef &ref)
{
    if (ref.digest.isEmpty() || image.ref == ref)
        return image.ref == ref;
    return image.ref.registry == ref.registry && image.ref.repository == ref.repository
        && (image.manifest.digest.toString() == ref.digest || image.index.toString() == ref.digest);
}

tl::unexpected<Error> unknown(const ImageRef &ref)
{
    return fail(
        ErrorCode::NotFound,
        QStringLiteral("The image %1 is not on this machine: 'boxgate pull %1' gets it").arg(ref.toString()));
}

} // namespace

ImageStore::ImageStore(const Paths &paths)
    : m_directory(paths.images())
{ }

Result<void> ImageStore::prepare() const
{
    for (const QString &name : {QStringLiteral("/blobs/sha256"), QStringLiteral("/ingest")}) {
        if (!QDir().mkpath(m_directory + name))
            return fail(ErrorCode::Denied,
                        QStringLiteral("Cannot create the directory %1").arg(m_directory + name));
    }
    const QString marker = m_directory + QStringLiteral("/oci-layout");
    if (QFileInfo::exists(marker))
        return {};
    const auto lock = lockIndex();
    BOXGATE_TRY(lock);
    return replaceFile(marker, "{\"imageLayoutVersion\":\"1.0.0\"}");
}

/// For one replacement of a small file: nobody waits for long.
Result<FileLock> ImageStore::lockIndex() const
{
    return FileLock::wait(m_directory + QStringLiteral("/index.lock"), FileLock::Mode::Exclusive,
                          CancelToken());
}

Result<ImageStore::Use> ImageStore::use(const CancelToken &cancel) const
{
    const Result<void> prepared = prepare();
    BOXGATE_TRY(prepared);
    return FileLock::wait(m_directory + QStringLiteral("/use.lock"), FileLock::Mode::Shared, cancel);
}

QString ImageStore::blobPath(const Digest &digest) const
{
    return m_directory + QStringLiteral("/blobs/sha256/") + digest.hex();
}

bool ImageStore::has(const BlobDescriptor &blob) const
{
    const QFileInfo info(blobPath(blob.digest));
    return info.isFile() && info.size() == blob.size;
}

Result<std::unique_ptr<BlobWriter>> ImageStore::writeBlob(const BlobDescriptor &blob,
                                                          const CancelToken &cancel) const
{
    if (has(blob))
        return std::unique_ptr<BlobWriter>();
    const Result<void> prepared = prepare();
    BOXGATE_TRY(prepared);
    const QString stem = m_directory + QStringLiteral("/ingest/") + blob.digest.hex();
    const BlobWriter::Files files{stem + QStringLiteral(".part"), stem + QStringLiteral(".lock"),
                                  blobPath(blob.digest)};
    Result<FileLock> lock = FileLock::wait(files.lock, FileLock::Mode::Exclusive, cancel);
    BOXGATE_TRY(lock);
    // Another writer may have finished it while this one waited.
    if (has(blob)) {
        QFile::remove(files.lock);
        return std::unique_ptr<BlobWriter>();
    }
    auto writer = std::make_unique<BlobWriter>(blob, files, std::move(*lock));
    const Result<void> opened = writer->open();
    BOXGATE_TRY(opened);
    return writer;
}

Result<QByteArray> ImageStore::readBlob(const BlobDescriptor &blob, qsizetype maxBytes) const
{
    const auto layout = OciLayout::open(m_directory);
    BOXGATE_TRY(layout);
    return layout->readBlob(blob, maxBytes);
}

Result<void> ImageStore::addBlob(const BlobDescriptor &blob, const QByteArray &bytes,
                                 const CancelToken &cancel) const
{
    const auto writer = writeBlob(blob, cancel);
    BOXGATE_TRY(writer);
    if (!*writer)
        return {};
    // A document that was cut off is not worth going on with.
    const Result<void> begun = (*writer)->offset() > 0 ? (*writer)->restart() : Result<void>();
    BOXGATE_TRY(begun);
    const Result<void> written = (*writer)->write(bytes.constData(), bytes.size());
    BOXGATE_TRY(written);
    return (*writer)->commit();
}

Result<QList<StoredImage>> ImageStore::list() const
{
    QFile file(m_directory + QStringLiteral("/index.json"));
    if (!file.open(QIODevice::ReadOnly)) {
        if (!file.exists())
            return QList<StoredImage>();
        return fail(fileError(file, QStringLiteral("Cannot read %1").arg(file.fileName())));
    }
    auto images = StoreIndex::parse(file.read(StoreIndex::MaxJsonBytes + 1));
    if (!images)
        return fail(images.error().in(file.fileName()));
    std::sort(images->begin(), images->end(),
              [](const StoredImage &a, const StoredImage &b) { return a.ref.toString() < b.ref.toString(); });
    return images;
}

Result<StoredImage> ImageStore::find(const ImageRef &ref) const
{
    const auto images = list();
    BOXGATE_TRY(images);
    const auto found = std::find_if(images->begin(), images->end(),
                                    [&](const StoredImage &image) { return isNamed(image, ref); });
    if (found == images->end())
        return unknown(ref);
    return *found;
}

Result<void> ImageStore::change(const Change &edit) const
{
    const Result<void> prepared = prepare();
    BOXGATE_TRY(prepared);
    const auto lock =
        FileLock::wait(m_directory + QStringLiteral("/index.lock"), FileLock::Mode::Exclusive, CancelToken());
    BOXGATE_TRY(lock);
    auto images = list();
    BOXGATE_TRY(images);
    const Result<void> edited = edit(*images);
    BOXGATE_TRY(edited);
    return replaceFile(m_directory + QStringLiteral("/index.json"), StoreIndex::toJson(*images));
}

Result<void> ImageStore::setName(const StoredImage &image) const
{
    const auto json = readBlob(image.manifest, ImageManifest::MaxJsonBytes);
    BOXGATE_TRY(json);
    const auto manifest = ImageManifest::parse(*json);
    BOXGATE_TRY(manifest);
    QList<BlobDescriptor> blobs = manifest->layers;
    blobs.prepend(manifest->config);
    for (const BlobDescriptor &blob : blobs) {
        if (!has(blob)) {
            return fail(ErrorCode::Corrupt,
                        QStringLiteral("The image %1 lacks the blob %2")
                            .arg(image.ref.toString(), blob.digest.toString()));
        }
    }
    return change([&](QList<StoredImage> &images) -> Result<void> {
        images.removeIf([&](const StoredImage &other) { return other.ref == image.ref; });
        if (images.size() >= StoreIndex::MaxImages) {
            return fail(ErrorCode::Conflict,
                        QStringLiteral("There are %1 images, the most that can be kept: remove some with "
                                       "'boxgate image rm'")
                            .arg(images.size()));
        }
        images.append(image);
        return {};
    });
}

Result<void> ImageStore::removeName(const ImageRef &ref) const
{
    return change([&](QList<StoredImage> &images) -> Result<void> {
        if (images.removeIf([&](const StoredImage &image) { return image.ref == ref; }) == 0)
            return unknown(ref);
        return {};
    });
}

} // namespace boxgate
