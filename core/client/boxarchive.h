#pragma once

#include "core/client/boxmanifest.h"
#include "core/machine/diskreader.h"
#include "core/tree/archivepipe.h"

#include <memory>

namespace boxgate {

/// How far a transfer is, for another thread to look at. Bytes of the disk that hold something.
struct TransferCount
{
    std::atomic<quint64> done{0};
    std::atomic<quint64> total{0}; ///< 0: not known yet
    tree::CancelFlag cancelled{false};
};

/// Writes an exported box to a descriptor: core/client/boxmanifest.h. Blocking; some 16 MiB of memory.
/// manifest   its chunks and diskSize are set here
/// Errors   Cancelled; DiskFull; Io
Result<void> writeBoxArchive(int fd, BoxManifest manifest, DiskReader &disk, TransferCount &count);

/// Reads an exported box from a descriptor; hostile. Blocking: open(), then writeDisk() once.
class BoxArchiveReader
{
public:
    /// Errors   Corrupt, NewerVersion; Cancelled; Io
    static Result<std::shared_ptr<BoxArchiveReader>> open(int fd, std::shared_ptr<TransferCount> count);
    ~BoxArchiveReader();

    const BoxManifest &manifest() const { return m_manifest; }

    /// Writes the disk as a sparse raw file, which must not exist. A partial one is the caller's to remove.
    /// Errors   Corrupt: cut off, or not what its end says; DiskFull; Cancelled; Io
    Result<void> writeDisk(const QString &file);

private:
    BoxArchiveReader(int fd, std::shared_ptr<TransferCount> count);

    Result<QByteArray> nextName();
    Result<QByteArray> readContent(qsizetype maxBytes);
    Error failure(const char *what) const;

    std::shared_ptr<TransferCount> m_count;
    tree::ArchivePipe m_pipe;
    struct archive *m_archive;
    qint64 m_size = 0; ///< of the present entry
    BoxManifest m_manifest;
};

} // namespace boxgate
