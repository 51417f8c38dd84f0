#include "core/runner/diskpreparation.h"

#include "core/base/workerthread.h"
#include "core/image/imagelibrary.h"
#include "core/machine/overlaydisk.h"
#include "core/store/exitrecordfile.h"

#include <QFileInfo>

namespace boxgate {

namespace {

/// What the worker thread finds out.
struct FoundImage
{
    ImageConfig config;
    QString rootDisk;
};

Result<FoundImage> findImage(const Paths &paths, const BoxSpec &spec, const CancelToken &cancel)
{
    const ImageLibrary library(paths);
    const Result<ImageInfo> image = library.resolve(spec.image);
    BOXGATE_TRY(image);
    const Result<QString> rootDisk = library.rootDisk(*image, spec.disk, {}, cancel);
    BOXGATE_TRY(rootDisk);
    return FoundImage{image->config, *rootDisk};
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
    const auto work = [paths, spec, cancel] { return findImage(paths, spec, cancel); };
    const Result<FoundImage> image = co_await runOnWorker<FoundImage>(work);
    BOXGATE_CO_TRY(image);
    const QString disk = paths.boxDisk(id.toString());
    if (!QFileInfo::exists(disk)) {
        const OverlayRequest request{image->rootDisk, disk, spec.disk};
        const Result<void> made = co_await createOverlay(request);
        BOXGATE_CO_TRY(made);
    }
    co_return PreparedDisk{image->config, disk};
}

} // namespace boxgate
