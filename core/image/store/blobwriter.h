#pragma once

#include "core/base/filelock.h"
#include "core/image/manifest.h"

#include <QCryptographicHash>
#include <QFile>

namespace boxgate {

/// Takes one blob into the image store: in rising order, verified while it comes, visible at once when it is whole.
///
/// What was written and not committed stays as `ingest/<hex>.part` and is gone on with by the next writer of the same
/// blob, in this process or another; its lock lets one writer in at a time.
/// Thread: any, one at a time.
class BlobWriter
{
public:
    /// descriptor   size is exact: more bytes are refused, fewer are no blob
    BlobWriter(const BlobDescriptor &descriptor, const QString &part, const QString &blob, FileLock lock);

    /// Reads what an earlier writer has left, and hashes it.
    /// Errors   Denied, DiskFull, Io
    Result<void> open();

    /// Bytes that are there already; the next write() goes on from here.
    qint64 offset() const { return m_offset; }

    /// Errors   Corrupt: more than the descriptor says; DiskFull, Io
    Result<void> write(const char *data, qint64 size);

    /// Begins anew from nothing: the sender cannot go on from offset().
    Result<void> restart();

    /// Verifies size and digest, syncs, and gives the blob its name. A blob that is not what it should be is removed.
    /// Errors   Corrupt: too short, or another digest; DiskFull, Io
    Result<void> commit();

private:
    BlobDescriptor m_descriptor;
    QString m_blob;
    FileLock m_lock;
    QFile m_file;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    qint64 m_offset = 0;
};

} // namespace boxgate
