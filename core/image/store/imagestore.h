#pragma once

#include "core/base/bytes.h"
#include "core/base/paths.h"
#include "core/image/store/blobwriter.h"
#include "core/image/store/storedimage.h"

#include <functional>
#include <memory>

namespace boxgate {

/// Whether a directory's disk has room for needed more bytes, with some left for others.
/// Errors   DiskFull: what is needed and what is free
Result<void> checkFreeSpace(const QString &directory, Bytes needed);

/// Images of registries and archives on this machine: an OCI image layout in Paths::images(), whose
/// index.json maps each name to a manifest and whose blobs are shared by all images and boxes.
///
/// Safe against other processes that do the same, and against an end at any moment: blobs and index.json
/// appear whole or not at all. Whoever adds holds a Use until the name is written; what removes blobs waits
/// until nobody does. Thread: any, several at once; a value with no state besides Paths. All methods block.
/// Source   OCI image specification 1.1, image-layout.md
class ImageStore
{
public:
    explicit ImageStore(const Paths &paths);

    /// Keeps blobs that no name leads to yet: taken before the first has(), given back after setName().
    using Use = FileLock;
    /// Errors   Cancelled; Denied, DiskFull, Io
    Result<Use> use(const CancelToken &cancel) const;
    /// Waits until nobody holds a Use, and keeps everybody from one: for the removal of blobs and root disks.
    Result<Use> useAlone(const CancelToken &cancel) const;

    /// Whether the whole blob is there. A descriptor of another size is another blob.
    bool has(const BlobDescriptor &blob) const;
    QString blobPath(const Digest &digest) const;

    /// Waits while another writer of the same blob is at work, in this process too. nullptr: it is there
    /// already. Errors   Cancelled; Denied, DiskFull, Io
    Result<std::unique_ptr<BlobWriter>> writeBlob(const BlobDescriptor &blob,
                                                  const CancelToken &cancel) const;

    /// A document, whole and verified.
    /// Errors   Corrupt: missing, of another size or digest, above maxBytes
    Result<QByteArray> readBlob(const BlobDescriptor &blob, qsizetype maxBytes) const;
    /// Adds a document whose descriptor is known to be its own: size and digest are verified nevertheless.
    /// Errors   as writeBlob() and BlobWriter
    Result<void> addBlob(const BlobDescriptor &blob, const QByteArray &bytes,
                         const CancelToken &cancel) const;

    /// Makes a finished file in ingestDirectory() whose digest is known a blob, by renaming it.
    /// Errors   DiskFull, Io
    Result<void> adoptBlob(const BlobDescriptor &blob, const QString &file) const;

    /// Whether there is room for needed more bytes: on the disk, with some left for others, and below
    /// storeLimit(). Errors   DiskFull: what is needed and what is free; Conflict: the limit; Corrupt: the
    /// settings are damaged
    Result<void> checkSpace(Bytes needed) const;
    /// What all blobs and parts take.
    Bytes totalSize() const;

    /// Gives an image a name, in place of the image that had it. Every blob of it is there.
    /// Errors   Corrupt: a blob is missing or the manifest is none; Conflict: too many names; Denied,
    /// DiskFull, Io
    Result<void> setName(const StoredImage &image) const;
    /// Takes that very name away; blobs stay.
    /// Errors   NotFound; Corrupt; Denied, DiskFull, Io
    Result<void> removeName(const ImageRef &ref) const;

    /// Every name, sorted.
    /// Errors   Corrupt: index.json is damaged; Denied, Io
    Result<QList<StoredImage>> list() const;
    /// By name and tag, or by name and digest (of the manifest or of its index).
    /// Errors   NotFound; Corrupt; Denied, Io
    Result<StoredImage> find(const ImageRef &ref) const;

    /// Where parts are; on the blobs' file system.
    QString ingestDirectory() const { return m_directory + QStringLiteral("/ingest"); }
    /// The OCI layout directory.
    const QString &directory() const { return m_directory; }

private:
    using Change = std::function<Result<void>(QList<StoredImage> &images)>;

    Result<void> prepare() const;
    Result<FileLock> lockIndex() const;
    Result<void> change(const Change &edit) const;

    Result<Use> lockUse(FileLock::Mode mode, const CancelToken &cancel) const;

    Paths m_paths;
    QString m_directory;
};

} // namespace boxgate
