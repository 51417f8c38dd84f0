#pragma once

#include "core/base/filelock.h"
#include "core/image/manifest.h"
#include "core/image/sha256.h"

#include <QFile>

namespace boxgate {

/// Takes one blob into the image store: in rising order, verified while it comes, visible at once when it is
/// whole.
///
/// What was written and not committed stays as `ingest/<hex>.part` and is gone on with by the next writer of
/// the same blob, in this process or another; its lock lets one writer in at a time. Thread: any, one at a
/// time.
class BlobWriter
{
public:
    /// Where a blob is while it is written, and afterwards.
    struct Files
    {
        QString part;
        QString lock;
        QString blob;
    };

    /// descriptor   size is exact: more bytes are refused, fewer are no blob
    /// lock         of files.lock; its file goes with the blob's completion
    BlobWriter(const BlobDescriptor &descriptor, const Files &files, FileLock lock);

    /// Reads what an earlier writer has left, and hashes it.
    /// Errors   Denied, DiskFull, Io
    Result<void> open();

    const BlobDescriptor &descriptor() const { return m_descriptor; }
    /// Bytes that are there already; the next write() goes on from here.
    qint64 offset() const { return m_offset; }

    /// Errors   Corrupt: more than the descriptor says, and what was written is gone; DiskFull, Io
    Result<void> write(const char *data, qint64 size);

    /// Begins anew from nothing: the sender cannot go on from offset().
    /// Errors   Io
    Result<void> restart();

    /// Verifies size and digest, syncs, and gives the blob its name. A blob with another digest is removed;
    /// one that is too short stays to be gone on with. Errors   Corrupt: too short, or another digest;
    /// DiskFull, Io
    Result<void> commit();

private:
    const BlobDescriptor m_descriptor;
    const Files m_files;
    FileLock m_lock;
    QFile m_file;
    Sha256 m_hash;
    qint64 m_offset = 0;
};

} // namespace boxgate
