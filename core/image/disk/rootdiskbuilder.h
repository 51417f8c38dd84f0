#pragma once

#include "core/base/bytes.h"
#include "core/image/disk/ext4treewriter.h"
#include "core/image/disk/layerreader.h"

#include <QElapsedTimer>

#include <functional>

namespace boxgate {

/// What a builder tells while it works, at most some 20 times per second.
/// done, total   bytes of compressed layers; each layer is read twice
using RootDiskProgress = std::function<void(Bytes done, Bytes total)>;

/// Turns image layers into one ext4 image file: the root disk below every box of that image.
///
/// Layers are merged in memory by name first (LayerTree), then the winning files' contents are streamed into
/// the file system (Ext4Image). Nothing is unpacked on the host, no privilege is needed, memory is bounded by
/// the limits. The same layers and identity give the same bytes. Thread: any; one build per object.
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

    /// Writes the image to file, which must not exist, and syncs it. On failure no file is left.
    /// Errors   Corrupt: a layer is damaged or hostile; Cancelled; DiskFull, Denied, Io; AlreadyExists: file
    /// exists
    Result<void> build(const Job &job, const QString &file);

private:
    Result<void> readNames(const Job &job, LayerTree &tree);
    Result<void> writeFiles(const Job &job, const LayerTree &tree, const QString &file);
    Result<void> writeContents(const Job &job, int layer,
                               const std::map<qint64, Ext4TreeWriter::Target> &targets, Ext4Image &image);
    /// Errors   Cancelled
    Result<void> step(LayerReader &reader);

    RootDiskProgress m_progress;
    CancelToken m_cancel;
    quint64 m_total = 0;
    quint64 m_done = 0;
    QElapsedTimer m_sinceReport;
};

} // namespace boxgate
