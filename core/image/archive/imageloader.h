#pragma once

#include "core/base/bytes.h"
#include "core/image/archive/archivecontents.h"
#include "core/image/archive/dockermanifest.h"
#include "core/image/archive/layoutnames.h"
#include "core/image/imageconfig.h"

namespace boxgate {

/// Puts the images of an archive into the store: a tar of an OCI layout, of `docker save`, of both at once,
/// or an OCI layout that is a folder. Names appear one by one, each when all of its image is there and
/// verified. Thread: any, one load per object. Blocks.
class ImageLoader
{
public:
    /// Bytes read so far, at each piece.
    using Progress = std::function<void(Bytes done)>;

    ImageLoader(const ImageStore &store, Progress progress, const CancelToken &cancel);

    /// name     for the image, in the place of what the archive says; empty: as it says
    /// Errors   InvalidArgument: it says no name, or name cannot be given; NotFound: nothing in it, or
    /// nothing for
    ///          this machine; Corrupt: damaged or hostile; Conflict: above the limit of the store; DiskFull,
    ///          Denied, Io; Cancelled; those of source
    Result<QList<StoredImage>> loadArchive(const ByteSource &source, const QString &name);
    Result<QList<StoredImage>> loadFolder(const QString &directory, const QString &name);

    static constexpr int MaxIndexDepth = 4;

private:
    /// Sees to it that a blob is in the store.
    using Fetch = std::function<Result<void>(const BlobDescriptor &blob)>;

    Result<QList<StoredImage>> nameLayout(const QByteArray &indexJson, const QString &name,
                                          const Fetch &fetch) const;
    Result<StoredImage> nameLayoutImage(const LayoutName &entry, const Fetch &fetch) const;
    Result<QList<StoredImage>> nameDocker(ArchiveContents &contents, const QString &name) const;
    Result<BlobDescriptor> addDockerImage(ArchiveContents &contents, const DockerArchiveImage &image) const;
    Result<ImageConfig> checkedConfig(const QByteArray &json, qsizetype layers) const;
    Result<void> copyBlob(const QString &file, const BlobDescriptor &blob);
    ByteSource counted(const ByteSource &source);
    void read(qint64 bytes);

    const ImageStore m_store;
    const Progress m_progress;
    const CancelToken m_cancel;
    const QString m_architecture;
    quint64 m_done = 0;
};

} // namespace boxgate
