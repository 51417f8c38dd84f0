#include "core/runner/diskpreparation.h"

#include "core/base/workerthread.h"
#include "core/image/boximage.h"
#include "core/image/imagelibrary.h"
#include "core/image/store/imagestore.h"
#include "core/machine/disklayers.h"
#include "core/machine/overlaydisk.h"
#include "core/store/exitrecordfile.h"

#include <QFileInfo>

#include <memory>
#include <utility>

namespace boxgate {

namespace {

/// What the worker thread finds out.
struct FoundImage
{
    BoxImage image;
    QString rootDisk; ///< empty: the box's disk needs none
    std::shared_ptr<ImageStore::Use> use; ///< keeps the root disk until the box's disk stands on it
};

Result<FoundImage> findImage(const Paths &paths, const ImageRef &ref, Bytes disk, const CancelToken &cancel)
{
    const ImageLibrary library(paths);
    const Result<ImageInfo> image = library.resolve(ref);
    BOXGATE_TRY(image);
    const Result<QString> rootDisk = library.rootDisk(*image, disk, {}, cancel);
    BOXGATE_TRY(rootDisk);
    return FoundImage{BoxImage{image->digest, image->config}, *rootDisk, nullptr};
}

/// The file below all layers of a box's disk; empty: there is none, as in an imported box.
Result<QString> bottomOf(const Paths &paths, const BoxId &id)
{
    const QString directory = paths.boxDirectory(id.toString());
    const QString disk = QFileInfo(paths.boxDisk(id.toString())).fileName();
    const Result<QStringList> layers = layersBelow(directory, disk);
    BOXGATE_TRY(layers);
    const QString lowest = layers->isEmpty() ? disk : layers->last();
    if (formatOf(lowest) == QLatin1String("raw"))
        return QString();
    const Result<QcowHeader> header = readQcowHeader(directory + QLatin1Char('/') + lowest);
    BOXGATE_TRY(header);
    return header->backing;
}

/// For a box that has a disk already: its image is what it was, whatever its name leads to today.
Result<FoundImage> findKept(const Paths &paths, const BoxId &id, const BoxSpec &spec,
                            const CancelToken &cancel)
{
    const Result<BoxImage> kept = BoxImage::read(paths.boxImage(id.toString()));
    if (!kept && kept.error().code == ErrorCode::NotFound) // made before boxes kept it
        return findImage(paths, spec.image, spec.disk, cancel);
    BOXGATE_TRY(kept);
    const Result<QString> bottom = bottomOf(paths, id);
    BOXGATE_TRY(bottom);
    if (bottom->isEmpty() || QFileInfo::exists(*bottom))
        return FoundImage{*kept, *bottom, nullptr};
    // The cache was emptied: the same image gives the same bytes again.
    ImageRef ref = spec.image;
    ref.digest = kept->digest.toString();
    const Result<FoundImage> again = findImage(paths, ref, spec.disk, cancel);
    if (!again)
        return fail(
            again.error().in(QStringLiteral("The root disk of the box's image is gone from the cache")));
    if (again->rootDisk != *bottom)
        return fail(ErrorCode::NotFound,
                    QStringLiteral("The disk below the box's, %1, is gone").arg(*bottom));
    return again;
}

Result<FoundImage> find(const Paths &paths, const BoxId &id, const BoxSpec &spec, const CancelToken &cancel)
{
    if (QFileInfo::exists(paths.boxDisk(id.toString())))
        return findKept(paths, id, spec, cancel);
    const Result<FoundImage> found = findImage(paths, spec.image, spec.disk, cancel);
    BOXGATE_TRY(found);
    // Before the disk: one that is there has its image beside it.
    const Result<void> written = found->image.write(paths.boxImage(id.toString()));
    BOXGATE_TRY(written);
    return found;
}

Result<FoundImage> findInUse(const Paths &paths, const BoxId &id, const BoxSpec &spec,
                             const CancelToken &cancel)
{
    Result<ImageStore::Use> use = ImageStore(paths).use(cancel);
    BOXGATE_TRY(use);
    Result<FoundImage> found = find(paths, id, spec, cancel);
    BOXGATE_TRY(found);
    found->use = std::make_shared<ImageStore::Use>(std::move(*use));
    return found;
}

} // namespace

DiskStatus diskStatus(const Paths &paths, const BoxId &id)
{
    if (QFileInfo::exists(paths.boxDisk(id.toString())))
        return DiskStatus::Present;
    const std::optional<ExitRecord> last = readExitRecord(paths.boxExitRecord(id.toString()));
    // A runner that begins writes an unfinished record of the stage Preparing, and of a later one once there
    // is a disk.
    const bool hadDisk = last && last->stage != StartStage::Preparing;
    return hadDisk ? DiskStatus::Lost : DiskStatus::NeverMade;
}

Async<PreparedDisk> prepareDisk(Paths paths, BoxId id, BoxSpec spec, CancelToken cancel)
{
    const auto work = [paths, id, spec, cancel] { return findInUse(paths, id, spec, cancel); };
    const Result<FoundImage> found = co_await runOnWorker<FoundImage>(work);
    BOXGATE_CO_TRY(found);
    const QString disk = paths.boxDisk(id.toString());
    if (!QFileInfo::exists(disk)) {
        const OverlayRequest request{found->rootDisk, disk, spec.disk};
        const Result<void> made = co_await createOverlay(request);
        BOXGATE_CO_TRY(made);
    }
    const PreparedDisk prepared{found->image.config, disk};
    co_return prepared;
}

} // namespace boxgate
