#include "net/transport/frametransport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::net {

FrameTransport::FrameTransport(int descriptor)
    : m_descriptor(descriptor)
{
    ::fcntl(m_descriptor, F_SETFL, ::fcntl(m_descriptor, F_GETFL) | O_NONBLOCK);
    ::fcntl(m_descriptor, F_SETFD, FD_CLOEXEC);
    m_queue.reserve(2 * PauseMark);
}

FrameTransport::~FrameTransport() { ::close(m_descriptor); }

void FrameTransport::receive()
{
    const std::span<uint8_t> room = m_decoder.room();
    const ssize_t count = ::recv(m_descriptor, room.data(), room.size(), 0);
    if (count > 0)
        m_decoder.received(size_t(count));
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        m_closed = true;
}

void FrameTransport::send(std::span<const uint8_t> head, std::span<const uint8_t> tail)
{
    if (isClosed())
        return;
    uint8_t prefix[FrameDecoder::Prefix];
    encodeFramePrefix(head.size() + tail.size(), prefix);
    const std::array<std::span<const uint8_t>, 3> parts{prefix, head, tail};
    size_t written = 0;
    if (!m_isBlocked && head.size() + tail.size() >= DirectBytes)
        written = writeWithQueue(parts);
    for (const std::span<const uint8_t> part : parts) {
        const size_t done = std::min(written, part.size());
        m_queue.insert(m_queue.end(), part.begin() + ptrdiff_t(done), part.end());
        written -= done;
    }
    if (!m_isBlocked && queuedBytes() >= CoalescedBytes)
        flush();
}

/// Writes what is queued and then parts, as far as the other side takes it.
/// Returns  how much of parts was written; all of the queue was if it is not 0
size_t FrameTransport::writeWithQueue(std::span<const std::span<const uint8_t>> parts)
{
    std::array<iovec, 4> pieces{iovec{m_queue.data() + m_written, queuedBytes()}};
    for (size_t i = 0; i < parts.size(); ++i)
        pieces[i + 1] = {const_cast<uint8_t *>(parts[i].data()), parts[i].size()};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = parts.size() + 1;
    const size_t count = written(::sendmsg(m_descriptor, &message, MSG_NOSIGNAL));
    const size_t ofQueue = std::min(count, queuedBytes());
    m_written += ofQueue;
    tidyQueue();
    return count - ofQueue;
}

/// Takes the result of a write. Returns  how much was written
size_t FrameTransport::written(ssize_t result)
{
    if (result >= 0)
        return size_t(result);
    m_isBlocked = errno == EAGAIN;
    m_closed = !m_isBlocked && errno != EINTR;
    return 0;
}

void FrameTransport::flush()
{
    m_isBlocked = false;
    while (queuedBytes() > 0 && !m_isBlocked && !isClosed())
        m_written += written(::send(m_descriptor, m_queue.data() + m_written, queuedBytes(), MSG_NOSIGNAL));
    tidyQueue();
}

void FrameTransport::tidyQueue()
{
    if (queuedBytes() == 0 || isClosed()) {
        m_queue.clear();
        m_written = 0;
    } else if (m_written > PauseMark) {
        m_queue.erase(m_queue.begin(), m_queue.begin() + ptrdiff_t(m_written));
        m_written = 0;
    }
}

} // namespace boxgate::net
