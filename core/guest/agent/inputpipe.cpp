#include "core/guest/agent/inputpipe.h"

#include <cerrno>
#include <sys/epoll.h>
#include <termios.h>

namespace boxgate::agent {

InputPipe::InputPipe(EventLoop &loop, HostChannel &host, std::uint32_t stream, Descriptor sink, Kind kind)
    : m_loop(loop)
    , m_host(host)
    , m_stream(stream)
    , m_sink(std::move(sink))
    , m_kind(kind)
{ }

InputPipe::~InputPipe() { m_loop.unwatch(m_watch); }

bool InputPipe::take(guest::BytesView content)
{
    if (!m_window.receive(content.size()))
        return false;
    if (!m_sink.isOpen() || m_finishing) {
        passOn(content.size());
        return true;
    }
    m_pending.insert(m_pending.end(), content.begin(), content.end());
    if (!m_watch)
        writePending();
    return true;
}

void InputPipe::finish()
{
    if (!m_sink.isOpen() || m_finishing)
        return;
    m_finishing = true;
    if (m_kind == Kind::Terminal) {
        termios settings{};
        tcgetattr(m_sink.value(), &settings);
        m_pending.push_back(settings.c_cc[VEOF]);
    }
    if (!m_watch)
        writePending();
}

void InputPipe::writePending()
{
    while (m_written < m_pending.size()) {
        const ssize_t count =
            write(m_sink.value(), m_pending.data() + m_written, m_pending.size() - m_written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN) {
            if (!m_watch)
                m_watch = m_loop.watch(m_sink.value(), EPOLLOUT, [this](std::uint32_t) { writePending(); });
            return;
        }
        if (count <= 0)
            return closeSink();
        m_written += static_cast<std::size_t>(count);
        passOn(static_cast<std::size_t>(count));
    }
    m_pending.clear();
    m_written = 0;
    m_loop.unwatch(m_watch);
    if (m_finishing && m_kind == Kind::Pipe)
        m_sink.reset();
}

void InputPipe::passOn(std::size_t bytes)
{
    if (const std::uint32_t returned = m_window.passOn(bytes))
        m_host.send(m_stream, guest::Credit{guest::Channel::Stdin, returned});
}

/// The command has closed its input: what is pending is dropped.
void InputPipe::closeSink()
{
    m_loop.unwatch(m_watch);
    m_sink.reset();
    passOn(m_pending.size() - m_written);
    m_pending.clear();
    m_written = 0;
    m_host.send(m_stream, guest::Eof{guest::Channel::Stdin});
}

} // namespace boxgate::agent
