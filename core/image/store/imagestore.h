#pragma once

#include "core/base/bytes.h"
#include "core/base/paths.h"
#include "core/image/canceltoken.h"
#include "core/image/store/blobwriter.h"
#include "core/model/imageref.h"

#include <QDateTime>

#include <memory>

namespace boxgate {

/// One name in the store.
struct StoredImage
{
    ImageRef ref;
    BlobDescriptor manifest; ///< of this machine's platform: the image's identity
    Digest index; ///< of the multi-platform list that it was chosen from; empty: none
    QDateTime added; ///< UTC
};

/// Images of registries and archives on this machine: an OCI image layout in Paths::images(), whose index.json maps
/// each name to a manifest and whose blobs are shared by all images and boxes.
///
/// Safe against other processes that do the same, and against an end at any moment: blobs and index.json appear whole
/// or not at all. Whoever adds holds a Use until the name is written; prune() waits until nobody does.
/// Thread: any, several at once; a value with no state besides Paths. All methods block.
/// Source   OCI image specification 1.1, image-layout.md
class ImageStore
{
public:
    explicit ImageStore(const Paths &paths);

    /// Keeps blobs that no name leads to yet: taken before the first has(), given back after setName().
    using Use = FileLock;
    /// Errors   Cancelled; Denied, Io
    Result<Use> use(const CancelToken &cancel) const;

    bool has(const BlobDescriptor &blob) const;
    QString blobPath(const Digest &digest) const;

    /// Waits while another process writes the same blob. nullptr: it is there already.
    /// Errors   Cancelled; Denied, DiskFull, Io
    Result<std::unique_ptr<BlobWriter>> writeBlob(const BlobDescriptor &blob, const CancelToken &cancel) const;

    /// A document, whole and verified.
    /// Errors   Corrupt: missing, of another size or digest, above maxBytes
    Result<QByteArray> readBlob(const BlobDescriptor &blob, qsizetype maxBytes) const;

    /// Gives an image a name, in place of the image that had it. Every blob of it is there.
    /// Errors   Corrupt: a blob is missing; Denied, DiskFull, Io
    Result<void> setName(const StoredImage &image) const;
    /// Errors   NotFound
    Result<void> removeName(const ImageRef &ref) const;

    /// Every name, sorted.
    /// Errors   Corrupt: index.json is damaged
    Result<QList<StoredImage>> list() const;
    /// By name and tag, or by digest (of the manifest or of its index).
    /// Errors   NotFound; Corrupt
    Result<StoredImage> find(const ImageRef &ref) const;

private:
    QString m_directory;
    QString m_ingest;
};

} // namespace boxgate
