#include "core/tree/archivepipe.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace boxgate::tree {

namespace {

constexpr int PollMilliseconds = 100;
constexpr std::size_t BufferBytes = 256 * 1024;
/// A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
constexpr std::size_t WritePiece = 4096;

} // namespace

/// Until the descriptor is ready. Returns false when cancelled.
bool ArchivePipe::wait(short events) const
{
    for (;;) {
        if (m_cancelled)
            return false;
        pollfd waiting{m_fd, events, 0};
        if (poll(&waiting, 1, PollMilliseconds) > 0)
            return true;
    }
}

int ArchivePipe::openReader(archive *reader)
{
    m_buffer.resize(BufferBytes);
    return archive_read_open(reader, this, nullptr, &ArchivePipe::read, nullptr);
}

int ArchivePipe::openWriter(archive *writer)
{
    return archive_write_open(writer, this, nullptr, &ArchivePipe::write, nullptr);
}

Problem ArchivePipe::problem(archive *handle, const char *what) const
{
    if (m_cancelled)
        return CancelledProblem;
    const char *const why = archive_error_string(handle);
    return std::string(what) + ": " + (why ? why : "unknown failure");
}

la_ssize_t ArchivePipe::read(archive *reader, void *data, const void **bytes)
{
    ArchivePipe &pipe = *static_cast<ArchivePipe *>(data);
    *bytes = pipe.m_buffer.data();
    while (pipe.wait(POLLIN)) {
        const ssize_t count = ::read(pipe.m_fd, pipe.m_buffer.data(), pipe.m_buffer.size());
        if (count >= 0)
            return count;
        if (errno != EINTR && errno != EAGAIN) {
            archive_set_error(reader, errno, "%s", std::strerror(errno));
            return -1;
        }
    }
    archive_set_error(reader, ECANCELED, "%s", CancelledProblem);
    return -1;
}

la_ssize_t ArchivePipe::write(archive *writer, void *data, const void *bytes, std::size_t size)
{
    ArchivePipe &pipe = *static_cast<ArchivePipe *>(data);
    while (pipe.wait(POLLOUT)) {
        const ssize_t count = ::write(pipe.m_fd, bytes, std::min(size, WritePiece));
        if (count >= 0)
            return count;
        if (errno != EINTR && errno != EAGAIN) {
            archive_set_error(writer, errno, "%s", std::strerror(errno));
            return -1;
        }
    }
    archive_set_error(writer, ECANCELED, "%s", CancelledProblem);
    return -1;
}

} // namespace boxgate::tree
