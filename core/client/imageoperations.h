#pragma once

#include "core/base/taskscope.h"
#include "core/client/boxdirectory.h"
#include "core/image/imagehistory.h"
#include "core/image/imagelibrary.h"
#include "core/image/store/imagegarbage.h"

#include <atomic>
#include <memory>

namespace boxgate {

/// An image with what it takes and who uses it.
struct ImageUsage
{
    ImageInfo image;
    Bytes unique; ///< of its blobs: what no other image has; what a removal gives back
    Bytes shared; ///< the rest
    Bytes rootDisks; ///< what its root disks take on the disk
    QStringList boxes; ///< names of those that use it, by name or by disk
};

/// Everything that `image inspect` tells.
struct ImageDetails
{
    ImageUsage usage;
    QList<HistoryStep> history;
};

/// How far a load or save is: written by a worker, read by whoever shows it.
struct ImageTransferCount
{
    std::atomic<quint64> done = 0; ///< bytes
    std::atomic<quint64> total = 0; ///< 0: not known
};

/// Where images to load come from.
struct LoadRequest
{
    enum class From
    {
        File, ///< a tar, or a folder with an OCI layout
        StandardInput,
        Docker,
        Podman
    };

    From from = From::File;
    QString source; ///< path, or the engine's name of the image
    QString name; ///< that the image gets; empty: as the archive says
};

/// What `image prune` did, or would do.
struct PruneReport
{
    QList<ImageRef> names; ///< removed
    ImageGarbage::Found garbage; ///< files removed, and what they took
    Bytes total; ///< what blobs take afterwards
    std::optional<Bytes> limit; ///< what they may take
    QList<ImageRef> proposed; ///< names, oldest first, whose removal would bring the total below the limit
};

struct PruneRequest
{
    enum class Names
    {
        Keep,
        RemoveToLimit, ///< unused ones, the oldest first, until the total is below the limit
        RemoveUnused ///< all that no box uses
    };
    enum class Run
    {
        Real,
        Dry ///< says what would be done
    };

    Names names = Names::Keep;
    Run run = Run::Real;
};

/// What can be done with the images on this machine; the desktop and the CLI both work through it.
///
/// Thread: the main thread; long work is done on another. Lifetime: the store outlives it.
class ImageOperations
{
public:
    ImageOperations(const Paths &paths, BoxStore *store);

    /// Every image, as ImageLibrary::list(), with its use.
    /// Errors   the store's; Denied, Io: boxes' disks cannot be read
    Result<QList<ImageUsage>> list() const;

    /// What a user means: a name, or at least 4 digits of a digest's beginning, with "sha256:" or without.
    /// Errors   NotFound; InvalidArgument: several digests begin so
    Result<ImageUsage> find(const QString &text) const;
    Result<ImageDetails> inspect(const QString &text) const;

    enum class RemoveMode
    {
        OnlyUnused,
        EvenUsed ///< the name goes; what boxes stand on stays as long as they do
    };
    /// Takes a name away; prune() gives back what was behind it.
    /// Errors   Conflict: boxes use it, with their names; NotFound; InvalidArgument: a builtin image
    Result<void> remove(const ImageUsage &image, RemoveMode mode) const;

    /// Errors   those of ImageGarbage
    Async<PruneReport> prune(PruneRequest request) const;

    /// Errors   those of ImageLoader and EngineArchive, with the source's name before them
    Async<QList<StoredImage>> load(LoadRequest request, std::shared_ptr<ImageTransferCount> count) const;

    /// file     a tar, written under another name until it is whole; with a '/' at its end, or when it is a
    /// folder: an OCI
    ///          layout; "-": standard output
    /// Errors   those of ImageSaver
    Async<void> save(QList<ImageInfo> images, QString file, std::shared_ptr<ImageTransferCount> count) const;

    /// See storeLimit().
    Result<std::optional<Bytes>> limit() const;
    Result<void> setLimit(const std::optional<Bytes> &limit) const;

private:
    QList<Digest> builtinManifests() const;
    Result<PruneReport> pruneNow(PruneRequest request, QList<ImageUsage> images) const;

    Paths m_paths;
    BoxDirectory m_boxes;
};

} // namespace boxgate
