#pragma once

#include "core/image/archive/dockermanifest.h"
#include "core/image/imagelibrary.h"

#include <functional>
#include <map>

namespace boxgate {

/// Writes images for other tools: as a tar that is both an OCI layout and what `docker load` and `podman
/// load` read, or as an OCI layout in a folder. Blobs are copied as they are and verified on the way; the
/// same images give the same bytes. Thread: any, one save per object. Blocks.
class ImageSaver
{
public:
    /// Bytes of blobs written so far, and in all.
    using Progress = std::function<void(Bytes done, Bytes total)>;
    using Sink = std::function<Result<void>(const char *data, qint64 size)>;

    ImageSaver(Progress progress, const CancelToken &cancel);

    /// Errors   Corrupt: a blob is missing or damaged, and what was written is no whole archive; Cancelled;
    /// those of
    ///          sink
    Result<void> toArchive(const QList<ImageInfo> &images, const Sink &sink);

    /// directory   must be empty, or not there; its index.json is written last
    /// Errors      AlreadyExists; Corrupt; Cancelled; DiskFull, Denied, Io
    Result<void> toFolder(const QList<ImageInfo> &images, const QString &directory);

private:
    struct Blob
    {
        Digest digest;
        qint64 size = 0;
        QString file;
    };
    struct Plan
    {
        QByteArray index; ///< index.json
        QByteArray docker; ///< manifest.json
        std::map<QString, Blob> blobs; ///< by digest
    };

    Result<Plan> plan(const QList<ImageInfo> &images) const;
    Result<void> copyBlob(const Blob &blob, const Sink &sink);

    const Progress m_progress;
    const CancelToken m_cancel;
    quint64 m_done = 0;
    quint64 m_total = 0;
};

} // namespace boxgate
