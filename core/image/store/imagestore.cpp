#include "core/image/store/imagestore.h"

#include "core/image/disk/disksync.h"
#include "core/image/ocilayout.h"
#include "core/image/store/atomicfile.h"
#include "core/image/store/storelimit.h"

#include <QDir>
#include <QFileInfo>
#include <QStorageInfo>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace boxgate {

namespace {

/// What a pull or a load leaves free, for boxes and the system.
constexpr Bytes SpaceForOthers = Bytes::fromMebi(64);

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
    : m_paths(paths)
    , m_directory(paths.images())
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

Result<ImageStore::Use> ImageStore::lockUse(FileLock::Mode mode, const CancelToken &cancel) const
{
    const Result<void> prepared = prepare();
    BOXGATE_TRY(prepared);
    return FileLock::wait(m_directory + QStringLiteral("/use.lock"), mode, cancel);
}

Result<ImageStore::Use> ImageStore::use(const CancelToken &cancel) const
{
    return lockUse(FileLock::Mode::Shared, cancel);
}

Result<ImageStore::Use> ImageStore::useAlone(const CancelToken &cancel) const
{
    return lockUse(FileLock::Mode::Exclusive, cancel);
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
    const QString stem = ingestDirectory() + QLatin1Char('/') + blob.digest.hex();
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

Result<void> ImageStore::adoptBlob(const BlobDescriptor &blob, const QString &file) const
{
    QFile part(file);
    if (!part.open(QIODevice::ReadOnly))
        return fail(fileError(part, QStringLiteral("Cannot read %1").arg(file)));
    const Result<void> synced = syncToDisk(part.handle());
    BOXGATE_TRY(synced);
    const QString path = blobPath(blob.digest);
    if (std::rename(QFile::encodeName(file).constData(), QFile::encodeName(path).constData()) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(file)));
    QFile::setPermissions(path, QFileDevice::ReadOwner | QFileDevice::ReadGroup);
    return syncDirectory(QFileInfo(path).path());
}

Bytes ImageStore::totalSize() const
{
    quint64 total = 0;
    for (const QString &name : {m_directory + QStringLiteral("/blobs/sha256"), ingestDirectory()}) {
        for (const QFileInfo &file : QDir(name).entryInfoList(QDir::Files | QDir::Hidden))
            total += quint64(file.size());
    }
    return Bytes(total);
}

Result<void> ImageStore::checkSpace(Bytes needed) const
{
    const auto limit = storeLimit(m_paths);
    BOXGATE_TRY(limit);
    const Bytes total = *limit ? totalSize() : Bytes();
    if (*limit && total.count() + needed.count() > (*limit)->count()) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("Images may take %1 and take %2, and this needs %3 more: 'boxgate image prune "
                           "--all' removes those that no box uses, 'boxgate image limit' changes the limit")
                .arg((*limit)->toDisplay(), total.toDisplay(), needed.toDisplay()));
    }
    return checkFreeSpace(m_directory, needed);
}

Result<void> checkFreeSpace(const QString &directory, Bytes needed)
{
    const QStorageInfo storage(directory);
    const Bytes available(quint64(std::max<qint64>(storage.bytesAvailable(), 0)));
    const Bytes wanted(needed.count() + SpaceForOthers.count());
    if (!storage.isValid() || available.count() >= wanted.count())
        return {};
    return fail(
        ErrorCode::DiskFull,
        QStringLiteral("%1 are needed and only %2 are free on the disk of %3: free some, for example with "
                       "'boxgate image prune'")
            .arg(wanted.toDisplay(), available.toDisplay(), directory));
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
