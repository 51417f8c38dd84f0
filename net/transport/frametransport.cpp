#include "net/transport/frametransport.h"

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
    m_queue.insert(m_queue.end(), prefix, prefix + sizeof prefix);
    m_queue.insert(m_queue.end(), head.begin(), head.end());
    m_queue.insert(m_queue.end(), tail.begin(), tail.end());
    if (m_written == 0 && m_queue.size() >= CoalescedBytes)
        flush();
}

void FrameTransport::flush()
{
    while (m_written < m_queue.size() && !isClosed()) {
        const ssize_t count =
            ::send(m_descriptor, m_queue.data() + m_written, m_queue.size() - m_written, MSG_NOSIGNAL);
        if (count >= 0) {
            m_written += size_t(count);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            m_closed = true;
        }
    }
    if (m_written == m_queue.size() || isClosed()) {
        m_queue.clear();
        m_written = 0;
    } else if (m_written > PauseMark) {
        m_queue.erase(m_queue.begin(), m_queue.begin() + ptrdiff_t(m_written));
        m_written = 0;
    }
}

} // namespace boxgate::net
