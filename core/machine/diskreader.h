#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <memory>

namespace boxgate {

/// Reads a box's disk as the guest sees it, through a qemu-nbd of its own: no second reader of the qcow2
/// format. Thread: any, one at a time; it blocks. Lifetime: qemu-nbd ends with it, however this process ends.
class DiskReader
{
public:
    /// Errors   NotFound: qemu-nbd; Unavailable: the disk cannot be opened
    static Result<std::unique_ptr<DiskReader>> open(const QString &disk);
    ~DiskReader();

    Bytes size() const { return m_size; }
    /// The first offset from this one on that may hold something; all before it reads as zeros.
    Result<quint64> nextData(quint64 offset);
    /// Errors   Io
    Result<void> read(quint64 offset, char *to, qsizetype length);

private:
    struct Connection;

    explicit DiskReader(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> m_connection;
    Bytes m_size;
};

} // namespace boxgate
