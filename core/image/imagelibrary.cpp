#include "core/image/imagelibrary.h"

#include "core/base/filelock.h"
#include "core/image/disk/disksync.h"
#include "core/image/ocilayout.h"
#include "core/image/store/imagestore.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

namespace boxgate {

namespace {

constexpr Bytes SmallJournal = Bytes::fromMebi(4);

std::optional<Bytes> sizeOf(const QString &file)
{
    const QFileInfo info(file);
    if (!info.isFile())
        return std::nullopt;
    return Bytes(quint64(info.size()));
}

/// A finished disk appears under its name at once, and stays after a power cut.
Result<void> publish(const QString &temporary, const QString &file)
{
    QFile made(temporary);
    const auto readOnly = QFileDevice::ReadOwner | QFileDevice::ReadGroup;
    if (!made.open(QIODevice::ReadOnly) || !made.setPermissions(readOnly))
        return fail(ErrorCode::Io, QStringLiteral("Cannot finish %1: %2").arg(temporary, made.errorString()));
    Result<void> synced = syncToDisk(made.handle());
    BOXGATE_TRY(synced);
    if (std::rename(QFile::encodeName(temporary).constData(), QFile::encodeName(file).constData()) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(temporary)));
    return syncDirectory(QFileInfo(file).path());
}

Result<void> buildOnce(const ImageStore &store, RootDiskBuilder &builder, const RootDiskBuilder::Job &job,
                       const QString &file, const CancelToken &cancel)
{
    if (sizeOf(file))
        return {};
    const auto use = store.use(cancel);
    BOXGATE_TRY(use);
    const Result<FileLock> lock =
        FileLock::wait(file + QStringLiteral(".lock"), FileLock::Mode::Exclusive, cancel);
    BOXGATE_TRY(lock);
    // Another process may have made it while this one waited.
    if (sizeOf(file))
        return {};
    const Result<void> space = checkFreeSpace(QFileInfo(file).path(), RootDiskBuilder::expectedSize(job));
    if (!space)
        return fail(space.error().in(QStringLiteral("Cannot make the root disk of the image")));
    const QString temporary = file + QStringLiteral(".part");
    const Result<void> built = builder.build(job, temporary);
    BOXGATE_TRY(built);
    const Result<void> published = publish(temporary, file);
    if (!published)
        QFile::remove(temporary);
    return published;
}

/// An image by its manifest's digest alone; otherwise when that is not there.
Result<StoredImage> nameless(const ImageStore &store, const ImageRef &ref, const Error &otherwise)
{
    const auto digest = Digest::parse(ref.digest);
    const QFileInfo blob(digest ? store.blobPath(*digest) : QString());
    if (!digest || !blob.isFile())
        return fail(otherwise);
    return StoredImage{ref, BlobDescriptor{mediatype::Manifest, *digest, blob.size(), {}, {}, {}}, {}, {}};
}

ImageInfo infoOf(const ImageRef &ref, const OciLayout::Image &image, const OciLayout &layout)
{
    ImageInfo info;
    info.ref = ref;
    info.digest = image.digest;
    info.config = image.config;
    info.configDigest = image.manifest.config.digest;
    info.layers = image.manifest.layers;
    info.layout = layout.directory();
    quint64 size = quint64(image.manifest.config.size);
    for (const BlobDescriptor &layer : info.layers)
        size += quint64(layer.size);
    info.size = Bytes(size);
    return info;
}

} // namespace

QStringList ImageLibrary::builtinNames() const
{
    return QDir(QFileInfo(m_paths.builtinImage(QStringLiteral("x"))).path())
        .entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

QList<ImageInfo> ImageLibrary::list() const
{
    QList<ImageRef> refs;
    for (const QString &name : builtinNames()) {
        const Result<ImageRef> ref = ImageRef::parse(QStringLiteral("builtin/") + name);
        if (ref)
            refs.append(*ref);
    }
    const auto stored = ImageStore(m_paths).list();
    for (const StoredImage &image : stored.value_or(QList<StoredImage>()))
        refs.append(image.ref);
    QList<ImageInfo> images;
    for (const ImageRef &ref : std::as_const(refs)) {
        const Result<ImageInfo> image = resolve(ref);
        if (image)
            images.append(*image);
    }
    return images;
}

Result<ImageInfo> ImageLibrary::resolve(const ImageRef &ref) const
{
    if (ref.isBuiltin())
        return resolveBuiltin(ref);
    const ImageStore store(m_paths);
    auto stored = store.find(ref);
    if (!stored && stored.error().code == ErrorCode::NotFound)
        stored = nameless(store, ref, stored.error());
    BOXGATE_TRY(stored);
    const auto layout = OciLayout::open(store.directory());
    BOXGATE_TRY(layout);
    const auto image = layout->read(stored->manifest, OciLayout::hostArchitecture());
    if (!image)
        return fail(image.error().in(ref.toString()));
    ImageInfo info = infoOf(ref, *image, *layout);
    info.index = stored->index;
    info.added = stored->added;
    return info;
}

Result<ImageInfo> ImageLibrary::resolveBuiltin(const ImageRef &ref) const
{
    const QStringList known = builtinNames();
    if (known.isEmpty()) {
        return fail(ErrorCode::Unavailable,
                    QStringLiteral(
                        "The builtin images are missing from %1: install Boxgate again, or build the target "
                        "boxgate_builtin_images")
                        .arg(m_paths.share()));
    }
    if (!known.contains(ref.repository)) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("There is no image %1: the builtin images are builtin/%2")
                        .arg(ref.toString(), known.join(QStringLiteral(", builtin/"))));
    }
    const auto layout = OciLayout::open(m_paths.builtinImage(ref.repository));
    BOXGATE_TRY(layout);
    const auto image = layout->find(OciLayout::hostArchitecture(), ref.tag);
    BOXGATE_TRY(image);
    if (!ref.digest.isEmpty() && ref.digest != image->digest.toString()) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("There is no image %1: the one that Boxgate comes with is %2")
                        .arg(ref.toString(), image->digest.toString()));
    }
    return infoOf(ref, *image, *layout);
}

Result<QString> ImageLibrary::rootDisk(const ImageInfo &image, Bytes boxDisk,
                                       const RootDiskProgress &progress, const CancelToken &cancel) const
{
    const auto layout = OciLayout::open(image.layout);
    BOXGATE_TRY(layout);
    RootDiskBuilder::Job job;
    job.identity = image.digest;
    for (qsizetype i = 0; i < image.layers.size(); ++i) {
        const Digest &digest = image.layers[i].digest;
        job.layers.append({layout->blobPath(digest), digest, image.config.diffIds.value(i)});
    }
    RootDiskBuilder builder(progress, cancel);
    const ImageStore store(m_paths);
    const QString stem = m_paths.rootDisks() + QLatin1Char('/') + image.digest.hex();
    // An image above the standard size has a standard disk that is larger than it, and boxes of that size
    // take the small one.
    if (boxDisk >= RootDiskBuilder::StandardSize) {
        const QString standard = stem + QStringLiteral(".ext4");
        job.minimumSize = RootDiskBuilder::StandardSize;
        const Result<void> built = buildOnce(store, builder, job, standard, cancel);
        BOXGATE_TRY(built);
        if (sizeOf(standard).value_or(Bytes()) <= boxDisk)
            return standard;
    }
    const QString small = stem + QStringLiteral("-small.ext4");
    job.minimumSize = Bytes();
    job.journal = SmallJournal;
    const Result<void> built = buildOnce(store, builder, job, small, cancel);
    BOXGATE_TRY(built);
    const Bytes needed = sizeOf(small).value_or(Bytes());
    if (needed > boxDisk) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("The image %1 does not fit on a disk of %2: it needs at least %3")
                        .arg(image.ref.toString(), boxDisk.toDisplay(), needed.toDisplay()));
    }
    return small;
}

} // namespace boxgate
