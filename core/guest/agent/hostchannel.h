#pragma once

#include "core/guest/agent/descriptor.h"
#include "core/guest/agent/eventloop.h"
#include "core/guest/protocol/agentmessages.h"

#include <functional>

namespace boxgate::agent {

/// The agent's end of the virtio-serial port.
///
/// Order: open(), connect(), then start(). Frames are sent in the order of the calls; what the port does not
/// take at once is queued. The queue has no bound of its own: whoever sends Data asks isCongested() first and
/// waits for onDrained; control frames are few and small. Source: drivers/char/virtio_console.c of Linux 6.1:
/// a write takes at most 32 KiB, a read gives at most one 4 KiB buffer; a write without O_NONBLOCK spins
/// until the host has read it.
class HostChannel
{
public:
    using OnFrame = std::function<void(const guest::Frame &)>;
    enum class Closing
    {
        HostClosed,
        Malformed
    };

    explicit HostChannel(EventLoop &loop)
        : m_loop(loop)
    { }

    /// Waits until the port exists and opens it. Needs /dev and /sys.
    bool open(std::chrono::milliseconds limit);
    /// Waits until the host has its end open.
    bool connect(std::chrono::milliseconds limit);

    /// onClosed  is called once, as the last
    void start(OnFrame onFrame, std::function<void(Closing)> onClosed, std::function<void()> onDrained);
    /// Takes no more frames, so that a channel in error cannot keep the loop busy; sending still works.
    void stopReading();

    template <typename Message> void send(std::uint32_t stream, const Message &message)
    {
        write(guest::encodeMessage(stream, message));
    }
    /// A whole frame.
    void write(guest::BytesView frame);
    /// True while so much is queued that Data has to wait.
    bool isCongested() const { return m_queue.size() - m_sent > 0; }
    /// Writes out the queue, waiting for the host.
    void flush(std::chrono::milliseconds limit);

    /// Content bytes that make a Data frame just one write to the port.
    static constexpr std::size_t DataStep = 32 * 1024 - guest::FrameHeaderBytes - 1;

private:
    void onEvents(std::uint32_t events);
    bool receive();
    void writeQueue();
    void close(Closing reason);

    EventLoop &m_loop;
    Descriptor m_port;
    EventLoop::WatchId m_watch = 0;
    std::uint32_t m_reading = 0;
    guest::FrameReader m_reader{guest::Sender::Host};
    guest::Bytes m_queue;
    std::size_t m_sent = 0;
    OnFrame m_onFrame;
    std::function<void(Closing)> m_onClosed;
    std::function<void()> m_onDrained;
};

} // namespace boxgate::agent
