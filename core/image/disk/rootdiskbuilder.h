#pragma once

#include "core/base/bytes.h"
#include "core/base/canceltoken.h"
#include "core/image/disk/buildlog.h"
#include "core/image/disk/ext4treewriter.h"
#include "core/image/disk/layerreader.h"

#include <QElapsedTimer>

#include <deque>
#include <functional>
#include <set>

namespace boxgate {

/// What a builder tells while it works, at most some 20 times per second.
/// done, total   bytes of compressed layers, each as often as it is read
using RootDiskProgress = std::function<void(Bytes done, Bytes total)>;

/// Turns image layers into one ext4 image file: the root disk below every box of that image.
///
/// Where the layers surely fit below the wished size, each is read once: contents are written as they come,
/// and names (LayerTree) and inodes follow when all are known; what a later layer replaced becomes a hole.
/// Otherwise a reading of the names goes before, to find the size. Nothing is unpacked on the host and no
/// privilege is needed. The same layers, sizes and identity give the same bytes, however many threads help
/// and however often a build was gone on with. Memory: the limits' names, and some 32 MiB. Thread: any; one
/// build per object; it starts threads of its own.
class RootDiskBuilder
{
public:
    struct Job
    {
        QList<LayerSource> layers; ///< lowest first
        Digest identity; ///< of the image: UUID and hash seed follow from it
        Bytes minimumSize; ///< of the file system; grows to what the contents need
        Bytes journal = Bytes::fromMebi(32);
        LayerLimits limits;
    };

    /// The disk that most boxes have, see BoxSpec::disk.
    static constexpr Bytes StandardSize = Bytes::fromGibi(10);

    RootDiskBuilder(RootDiskProgress progress, CancelToken cancel);

    /// Writes the image to file, which is complete and in the system's cache afterwards. What an earlier
    /// build of the same job has left there, killed or cancelled, is gone on with after its last whole layer;
    /// anything else there is replaced. On failure nothing is left, except after Cancelled: file and
    /// logOf(file), for the next try. Errors   Corrupt: a layer is damaged or hostile; Cancelled; DiskFull,
    /// Denied, Io
    Result<void> build(const Job &job, const QString &file);

    /// The file beside a disk in the making that says how far it is.
    static QString logOf(const QString &file) { return file + QStringLiteral(".log"); }

    /// What build() will take on the host's disk, about; for a check before it.
    static Bytes expectedSize(const Job &job);

private:
    /// Entries with contents that are in the result, by their number, for each layer.
    using Winners = std::vector<std::set<qint64>>;

    struct Plan
    {
        Ext4Geometry geometry;
        std::optional<Winners> winners; ///< not known: all contents are written
    };

    Result<Plan> readNames(const Job &job);
    Result<void> writeDisk(const Job &job, const Plan &plan, const QString &file);
    Result<void> writeLayers(const Job &job, const Plan &plan, Ext4Data &data, BuildLog &log,
                             LayerTree &tree);
    Result<void> writeLayer(LayerReader &reader, const std::set<qint64> *winners, Ext4Data &data,
                            BuildLog &log, LayerTree &tree);
    Result<void> writeContents(LayerReader &reader, Ext4Data &data, TreeInode &file);
    /// The next layer's reader; those after it are read ahead.
    Result<std::unique_ptr<LayerReader>> openLayer(const Job &job, qsizetype layer);
    /// Errors   Cancelled
    Result<void> step(LayerReader &reader);
    void expect(const Job &job);

    RootDiskProgress m_progress;
    CancelToken m_cancel;
    std::deque<std::unique_ptr<LayerStream>> m_ahead; ///< the layers after the one that is read
    quint64 m_total = 0;
    quint64 m_done = 0;
    bool m_full = false; ///< the plan's geometry was too small
    QElapsedTimer m_sinceReport;
};

} // namespace boxgate
