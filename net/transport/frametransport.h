#pragma once

#include "net/transport/framecodec.h"

#include <span>
#include <sys/types.h>
#include <vector>

namespace boxgate::net {

/// Frames over one end of a stream socket pair, without ever waiting.
///
/// Thread: net. Owns the descriptor. Small frames to send are gathered and written CoalescedBytes at a time;
/// large ones are written from where they are.
/// Nothing queued is lost: the caller looks at the marks. Above PauseMark it stops reading host sockets;
/// above StopMark it also stops reading the guest's frames, and lets go what may be lost.
class FrameTransport
{
public:
    static constexpr size_t CoalescedBytes = 64 * 1024; ///< QEMU reads up to 68 KiB per turn
    static constexpr size_t DirectBytes = 16 * 1024; ///< from here a copy costs more than a call
    static constexpr size_t PauseMark = 256 * 1024;
    static constexpr size_t StopMark = 4 * 1024 * 1024;

    explicit FrameTransport(int descriptor);
    ~FrameTransport();
    FrameTransport(const FrameTransport &) = delete;
    FrameTransport &operator=(const FrameTransport &) = delete;

    int descriptor() const { return m_descriptor; }

    /// Receives what is there, at most one buffer full. Then take the frames with next().
    void receive();
    std::span<uint8_t> next() { return m_decoder.next(); }

    /// Sends one frame that consists of two parts, now or once enough has gathered.
    void send(std::span<const uint8_t> head, std::span<const uint8_t> tail);
    /// Writes what is queued as far as the other side takes it.
    void flush();

    size_t queuedBytes() const { return m_queue.size() - m_written; }
    bool isAbovePauseMark() const { return queuedBytes() > PauseMark; }
    bool isAboveStopMark() const { return queuedBytes() > StopMark; }

    /// The other side has gone or broke the framing; nothing passes any more.
    bool isClosed() const { return m_closed || m_decoder.isBroken(); }

private:
    size_t writeWithQueue(std::span<const std::span<const uint8_t>> parts);
    size_t written(ssize_t result);
    void tidyQueue();

    int m_descriptor;
    FrameDecoder m_decoder;
    std::vector<uint8_t> m_queue;
    size_t m_written = 0; ///< of m_queue
    bool m_isBlocked = false; ///< the other side took nothing more when it was written to last
    bool m_closed = false;
};

} // namespace boxgate::net
