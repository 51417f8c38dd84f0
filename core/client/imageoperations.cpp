#include "core/client/imageoperations.h"

#include "core/base/workerthread.h"
#include "core/image/store/diskbacking.h"
#include "core/image/store/diskusage.h"
#include "core/image/store/storelimit.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace boxgate {

namespace {

constexpr qsizetype MinDigestDigits = 4;

/// Layers of an image by digest.
QHash<Digest, qint64> blobsOf(const ImageInfo &image)
{
    QHash<Digest, qint64> blobs;
    for (const BlobDescriptor &layer : image.layers)
        blobs.insert(layer.digest, layer.size);
    return blobs;
}

/// How many different images have each blob.
QHash<Digest, int> holders(const QList<ImageInfo> &images)
{
    QHash<Digest, int> counts;
    QSet<Digest> seen;
    for (const ImageInfo &image : images) {
        if (seen.contains(image.digest))
            continue;
        seen.insert(image.digest);
        for (const Digest &blob : blobsOf(image).keys())
            counts[blob] += 1;
    }
    return counts;
}

QHash<Digest, Bytes> rootDiskSizes(const QString &directory)
{
    QHash<Digest, Bytes> sizes;
    for (const QFileInfo &file : QDir(directory).entryInfoList({QStringLiteral("*.ext4")}, QDir::Files)) {
        const auto image = rootDiskImage(file.fileName());
        if (image)
            sizes[*image] = Bytes(sizes[*image].count() + allocatedBytes(file.filePath()).count());
    }
    return sizes;
}

void sumBlobs(ImageUsage &usage, const QHash<Digest, int> &holders)
{
    quint64 shared = 0;
    const QHash<Digest, qint64> blobs = blobsOf(usage.image);
    for (auto blob = blobs.begin(); blob != blobs.end(); ++blob)
        shared += holders.value(blob.key()) > 1 ? quint64(blob.value()) : 0;
    usage.shared = Bytes(shared);
    usage.unique = Bytes(usage.image.size.count() - std::min(shared, usage.image.size.count()));
}

} // namespace

ImageOperations::ImageOperations(const Paths &paths, BoxStore *store)
    : m_paths(paths)
    , m_boxes(paths, store)
{ }

Result<QList<ImageUsage>> ImageOperations::list() const
{
    const auto boxes = m_boxes.all();
    BOXGATE_TRY(boxes);
    const auto onDisks = boxesOnRootDisks(m_paths);
    BOXGATE_TRY(onDisks);
    const QList<ImageInfo> images = ImageLibrary(m_paths).list();
    const QHash<Digest, int> counts = holders(images);
    const QHash<Digest, Bytes> disks = rootDiskSizes(m_paths.rootDisks());
    QList<ImageUsage> list;
    for (const ImageInfo &image : images) {
        ImageUsage usage;
        usage.image = image;
        sumBlobs(usage, counts);
        usage.rootDisks = disks.value(image.digest);
        const QSet<QString> standing = onDisks->value(image.digest.toString());
        for (const BoxSummary &box : *boxes) {
            if (box.spec.image == image.ref || standing.contains(box.id.toString()))
                usage.boxes.append(box.spec.name);
        }
        list.append(usage);
    }
    return list;
}

Result<ImageUsage> ImageOperations::find(const QString &text) const
{
    const auto images = list();
    BOXGATE_TRY(images);
    const Result<ImageRef> ref = ImageRef::parse(text);
    for (const ImageUsage &usage : *images) {
        if (ref && usage.image.ref == *ref)
            return usage;
    }
    const QString digits = text.startsWith(QLatin1String("sha256:")) ? text.mid(7) : text;
    QList<ImageUsage> found;
    for (const ImageUsage &usage : *images) {
        if (digits.size() >= MinDigestDigits && usage.image.digest.hex().startsWith(digits))
            found.append(usage);
    }
    const bool isOne = std::all_of(found.begin(), found.end(), [&](const ImageUsage &usage) {
        return usage.image.digest == found.first().image.digest;
    });
    if (!found.isEmpty() && isOne)
        return found.first();
    if (!found.isEmpty())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("Several images' digests begin with %1: write more of it").arg(digits));
    BOXGATE_TRY(ref);
    // By a digest behind the name; and it knows why there is none.
    const auto image = ImageLibrary(m_paths).resolve(*ref);
    BOXGATE_TRY(image);
    for (const ImageUsage &usage : *images) {
        if (usage.image.digest == image->digest && usage.image.ref.repository == ref->repository)
            return usage;
    }
    return fail(ErrorCode::NotFound, QStringLiteral("There is no image %1").arg(text));
}

Result<ImageDetails> ImageOperations::inspect(const QString &text) const
{
    const auto usage = find(text);
    BOXGATE_TRY(usage);
    QFile config(usage->image.layout + QStringLiteral("/blobs/sha256/") + usage->image.configDigest.hex());
    if (!config.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image %1 lacks its configuration").arg(usage->image.ref.toString()));
    const auto history = imageHistory(config.read(ImageConfig::MaxJsonBytes + 1), usage->image.layers);
    BOXGATE_TRY(history);
    return ImageDetails{*usage, *history};
}

Result<void> ImageOperations::remove(const ImageUsage &image, RemoveMode mode) const
{
    const QString name = image.image.ref.toString();
    if (image.image.ref.isBuiltin())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("%1 comes with Boxgate and stays").arg(name));
    if (mode == RemoveMode::OnlyUnused && !image.boxes.isEmpty()) {
        return fail(ErrorCode::Conflict,
                    QStringLiteral(
                        "The image %1 is used by %2 %3: remove the box first, or only the name with --force")
                        .arg(name, image.boxes.size() == 1 ? QStringLiteral("box") : QStringLiteral("boxes"),
                             image.boxes.join(QStringLiteral(", "))));
    }
    return ImageStore(m_paths).removeName(image.image.ref);
}

QList<Digest> ImageOperations::builtinManifests() const
{
    QList<Digest> manifests;
    for (const ImageInfo &image : ImageLibrary(m_paths).list()) {
        if (image.ref.isBuiltin())
            manifests.append(image.digest);
    }
    return manifests;
}

Async<PruneReport> ImageOperations::prune(PruneRequest request) const
{
    const Result<QList<ImageUsage>> images = list();
    BOXGATE_CO_TRY(images);
    const ImageOperations self = *this;
    const auto work = [self, request, images = *images] { return self.pruneNow(request, images); };
    const Result<PruneReport> report = co_await runOnWorker<PruneReport>(work);
    co_return report;
}

Result<PruneReport> ImageOperations::pruneNow(PruneRequest request, QList<ImageUsage> images) const
{
    PruneReport report;
    const auto limited = limit();
    BOXGATE_TRY(limited);
    report.limit = *limited;
    images.removeIf(
        [](const ImageUsage &usage) { return usage.image.ref.isBuiltin() || !usage.boxes.isEmpty(); });
    std::stable_sort(images.begin(), images.end(),
                     [](const ImageUsage &a, const ImageUsage &b) { return a.image.added < b.image.added; });
    const ImageStore store(m_paths);
    const ImageGarbage garbage(m_paths, builtinManifests());
    const auto totalWithout = [&](const QList<ImageRef> &names) -> Result<Bytes> {
        const auto left = garbage.find(names);
        BOXGATE_TRY(left);
        quint64 total = store.totalSize().count();
        for (const QString &file : left->files)
            total -= file.startsWith(store.directory()) ? quint64(QFileInfo(file).size()) : 0;
        return Bytes(total);
    };
    QList<ImageRef> names;
    for (const ImageUsage &usage : std::as_const(images)) {
        const auto total = totalWithout(names);
        BOXGATE_TRY(total);
        const bool isAbove = *limited && *total > **limited;
        if (isAbove || request.names == PruneRequest::Names::RemoveUnused)
            names.append(usage.image.ref);
    }
    if (request.names == PruneRequest::Names::Keep)
        report.proposed = names;
    else
        report.names = names;
    if (request.run == PruneRequest::Run::Dry) {
        const auto found = garbage.find(report.names);
        BOXGATE_TRY(found);
        report.garbage = *found;
        const auto total = totalWithout(report.names);
        BOXGATE_TRY(total);
        report.total = *total;
        return report;
    }
    for (const ImageRef &name : std::as_const(report.names)) {
        const Result<void> removed = store.removeName(name);
        if (!removed && removed.error().code != ErrorCode::NotFound)
            return fail(removed.error());
    }
    const auto collected = garbage.collect(CancelToken());
    BOXGATE_TRY(collected);
    report.garbage = *collected;
    report.total = store.totalSize();
    return report;
}

Result<std::optional<Bytes>> ImageOperations::limit() const { return storeLimit(m_paths); }

Result<void> ImageOperations::setLimit(const std::optional<Bytes> &limit) const
{
    return setStoreLimit(m_paths, limit);
}

} // namespace boxgate
