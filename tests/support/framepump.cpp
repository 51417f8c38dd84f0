#include "tests/support/framepump.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

using net::FrameDecoder;

namespace {

constexpr size_t LargestEntry = FrameDecoder::Prefix + FrameDecoder::HighestFrame;
constexpr size_t QueueSize = FramePump::BatchBytes + LargestEntry;
constexpr int PacketsPerTurn = 64; ///< then the other direction has its turn

bool mustWait() { return errno == EAGAIN || errno == EINTR || errno == ENOBUFS; }

} // namespace

FramePump::FramePump(int tap, int wire, Framing framing)
    : m_tap(tap)
    , m_wire(wire)
    , m_framing(framing)
    , m_queue(std::make_unique_for_overwrite<uint8_t[]>(QueueSize))
{
    for (const int descriptor : {tap, wire})
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

void FramePump::run(int stop)
{
    for (;;) {
        pollfd waits[3] = {{m_wire, short(POLLIN | (hasQueued() ? POLLOUT : 0)), 0},
                           {hasQueued() ? -1 : m_tap, POLLIN, 0},
                           {stop, POLLIN, 0}};
        if (::poll(waits, 3, -1) < 0 && errno != EINTR)
            return;
        if (waits[2].revents)
            return;
        if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) && !takeFromWire())
            return;
        if ((waits[0].revents & POLLOUT) && !flushToWire())
            return;
        if (waits[1].revents && !takeFromTap())
            return;
    }
}

bool FramePump::takeFromTap()
{
    const size_t prefix = m_framing == Framing::Prefixed ? FrameDecoder::Prefix : 0;
    const size_t batch = m_framing == Framing::Prefixed ? BatchBytes : 1;
    const int batches = m_framing == Framing::Prefixed ? 1 : PacketsPerTurn;
    for (int i = 0; i < batches && !hasQueued(); ++i) {
        while (m_queued < batch) {
            uint8_t *const entry = m_queue.get() + m_queued;
            const ssize_t size = ::read(m_tap, entry + prefix, FrameDecoder::HighestFrame);
            if (size <= 0)
                return (size < 0 && mustWait()) && flushToWire();
            if (prefix > 0)
                net::encodeFramePrefix(size_t(size), entry);
            m_queued += prefix + size_t(size);
        }
        if (!flushToWire())
            return false;
    }
    return true;
}

bool FramePump::flushToWire()
{
    while (hasQueued()) {
        const ssize_t count = ::send(m_wire, m_queue.get() + m_sent, m_queued - m_sent, MSG_NOSIGNAL);
        if (count < 0)
            return mustWait();
        m_sent += size_t(count);
    }
    m_queued = m_sent = 0;
    return true;
}

bool FramePump::takeFromWire()
{
    if (m_framing == Framing::Packets)
        return takePacketsFromWire();
    const auto room = m_decoder.room();
    const ssize_t size = ::recv(m_wire, room.data(), room.size(), 0);
    if (size <= 0)
        return size < 0 && mustWait();
    m_decoder.received(size_t(size));
    for (auto frame = m_decoder.next(); !frame.empty(); frame = m_decoder.next()) {
        if (!toTap(frame.data(), frame.size()))
            return false;
    }
    return !m_decoder.isBroken();
}

bool FramePump::takePacketsFromWire()
{
    const auto room = m_decoder.room();
    for (int i = 0; i < PacketsPerTurn; ++i) {
        const ssize_t size = ::recv(m_wire, room.data(), room.size(), 0);
        if (size <= 0)
            return size < 0 && mustWait();
        if (!toTap(room.data(), size_t(size)))
            return false;
    }
    return true;
}

/// A frame that the device refuses (EIO while it is down, EINVAL for nonsense) is lost, as on any wire.
bool FramePump::toTap(const uint8_t *frame, size_t size)
{
    while (::write(m_tap, frame, size) < 0) {
        if (!mustWait())
            return errno == EIO || errno == EINVAL;
        pollfd wait = {m_tap, POLLOUT, 0};
        ::poll(&wait, 1, -1);
    }
    return true;
}

} // namespace boxgate::test
