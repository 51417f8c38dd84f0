#include "core/guest/agent/outputpipe.h"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/ioctl.h>

namespace boxgate::agent {

namespace {

constexpr std::size_t StartBytes = guest::FrameHeaderBytes + 1;

/// One for all pipes: it is never in use across two calls. A frame is built around what was read, so that
/// nothing is copied.
std::uint8_t frameBuffer[StartBytes + HostChannel::DataStep];

} // namespace

OutputPipe::OutputPipe(EventLoop &loop, HostChannel &host, std::uint32_t stream, guest::Channel channel,
                       Descriptor source, std::function<void()> onEnd)
    : m_loop(loop)
    , m_host(host)
    , m_stream(stream)
    , m_channel(channel)
    , m_source(std::move(source))
    , m_onEnd(std::move(onEnd))
{
    updateWatch();
}

OutputPipe::~OutputPipe() { m_loop.unwatch(m_watch); }

void OutputPipe::updateWatch()
{
    const bool wanted =
        m_source.isOpen() && (m_discarding || (m_window.available() > 0 && !m_host.isCongested()));
    // A hang-up cannot be masked out of epoll, so a pipe that has to wait is not watched at all.
    if (wanted && !m_watch)
        m_watch = m_loop.watch(m_source.value(), EPOLLIN, [this](std::uint32_t) { onReadable(); });
    else if (!wanted && m_watch)
        m_loop.unwatch(m_watch);
}

void OutputPipe::onReadable()
{
    updateWatch(); // another pipe may have filled the channel since the event was taken
    if (!m_watch)
        return;
    std::size_t limit = HostChannel::DataStep;
    if (!m_discarding)
        limit = std::min<std::size_t>(limit, m_window.available());
    const ssize_t count = read(m_source.value(), frameBuffer + StartBytes, limit);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) // 0, or EIO from a terminal that nobody holds any more
        return end();
    const auto bytes = static_cast<std::uint32_t>(count);
    if (!m_discarding) {
        const auto start = guest::encodeDataHeader(m_stream, m_channel, bytes);
        std::memcpy(frameBuffer, start.data(), start.size());
        m_window.spend(bytes);
        m_host.write(guest::BytesView(frameBuffer, StartBytes + bytes));
    }
    if (m_leftToDrain >= 0) {
        m_leftToDrain -= count;
        if (m_leftToDrain <= 0)
            return end();
    }
    updateWatch();
}

bool OutputPipe::refill(std::uint32_t bytes)
{
    if (!m_window.refill(bytes))
        return false;
    updateWatch();
    return true;
}

void OutputPipe::resume() { updateWatch(); }

void OutputPipe::drainWhatIsThere()
{
    int waiting = 0;
    if (ended())
        return;
    if (ioctl(m_source.value(), FIONREAD, &waiting) != 0 || waiting <= 0)
        return end();
    m_leftToDrain = waiting;
}

void OutputPipe::discard()
{
    m_discarding = true;
    updateWatch();
}

void OutputPipe::end()
{
    m_loop.unwatch(m_watch);
    m_source.reset();
    if (!m_discarding)
        m_host.send(m_stream, guest::Eof{m_channel});
    m_onEnd(); // may destroy this
}

} // namespace boxgate::agent
