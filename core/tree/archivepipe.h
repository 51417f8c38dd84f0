#pragma once

#include "core/tree/treestream.h"

#include <archive.h>

namespace boxgate::tree {

/// A descriptor that libarchive reads or writes: blocking, and looks at the cancel flag at least every 100
/// ms, whatever is at its other end. A pipe, a file or a terminal; it outlives the archive.
class ArchivePipe
{
public:
    ArchivePipe(int fd, const CancelFlag &cancelled)
        : m_fd(fd)
        , m_cancelled(cancelled)
    { }

    /// archive_read_open() and archive_write_open() with this. Returns their status.
    int openReader(archive *reader);
    int openWriter(archive *writer);

    /// What went wrong with the archive, or CancelledProblem.
    Problem problem(archive *handle, const char *what) const;

private:
    static la_ssize_t read(archive *reader, void *data, const void **bytes);
    static la_ssize_t write(archive *writer, void *data, const void *bytes, std::size_t size);
    bool wait(short events) const;

    int m_fd;
    const CancelFlag &m_cancelled;
    Bytes m_buffer;
};

} // namespace boxgate::tree
