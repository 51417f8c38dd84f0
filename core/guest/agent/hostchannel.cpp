#include "core/guest/agent/hostchannel.h"

#include "core/guest/agent/textfile.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>

namespace boxgate::agent {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// The port appears, and gets its name, by control messages handled in a kernel thread; they take a few
/// milliseconds.
constexpr timespec PollInterval{0, 500'000};

/// Name of the device with our port's name, or empty.
std::string findPort()
{
    const std::string folder = "/sys/class/virtio-ports";
    DIR *ports = opendir(folder.c_str());
    if (!ports)
        return {};
    std::string found;
    while (const dirent *entry = readdir(ports)) {
        std::string name = readTextFile(folder + "/" + entry->d_name + "/name", 256);
        if (!name.empty() && name.back() == '\n')
            name.pop_back();
        if (name == guest::PortName)
            found = entry->d_name;
    }
    closedir(ports);
    return found;
}

} // namespace

bool HostChannel::open(std::chrono::milliseconds limit)
{
    const auto end = SteadyClock::now() + limit;
    do {
        const std::string port = findPort();
        if (!port.empty()) {
            m_port = Descriptor(::open(("/dev/" + port).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
            if (m_port.isOpen())
                return true;
        }
        nanosleep(&PollInterval, nullptr);
    } while (SteadyClock::now() < end);
    return false;
}

bool HostChannel::connect(std::chrono::milliseconds limit)
{
    // POLLHUP is a state here and would wake poll() at once, so this sleeps between the looks.
    const auto end = SteadyClock::now() + limit;
    do {
        pollfd port{m_port.value(), POLLOUT, 0};
        poll(&port, 1, 0);
        if (!(port.revents & POLLHUP))
            return true;
        nanosleep(&PollInterval, nullptr);
    } while (SteadyClock::now() < end);
    return false;
}

void HostChannel::start(OnFrame onFrame, std::function<void(Closing)> onClosed,
                        std::function<void()> onDrained)
{
    m_onFrame = std::move(onFrame);
    m_onClosed = std::move(onClosed);
    m_onDrained = std::move(onDrained);
    m_reading = EPOLLIN;
    const std::uint32_t events = m_reading | (isCongested() ? EPOLLOUT : 0u);
    m_watch = m_loop.watch(m_port.value(), events, [this](std::uint32_t seen) { onEvents(seen); });
}

void HostChannel::stopReading()
{
    m_reading = 0;
    m_loop.unwatch(m_watch); // the hang-up cannot be masked, so nothing is watched any more
}

void HostChannel::close(Closing reason)
{
    stopReading();
    if (const auto onClosed = std::exchange(m_onClosed, nullptr))
        onClosed(reason);
}

void HostChannel::onEvents(std::uint32_t events)
{
    if (events & EPOLLOUT)
        writeQueue();
    // What the host sent before it closed is still there to be read.
    if (events & (EPOLLIN | EPOLLHUP)) {
        if (!receive() && m_watch)
            close(Closing::HostClosed);
    }
    if (m_watch && (events & EPOLLOUT) && !isCongested())
        m_onDrained();
}

/// Returns false at the end of the stream. Bounded, so that a busy host does not starve the commands.
bool HostChannel::receive()
{
    constexpr int MaxReads = 16;
    std::uint8_t buffer[4096];
    for (int i = 0; i < MaxReads; ++i) {
        const ssize_t count = read(m_port.value(), buffer, sizeof buffer);
        if (count == 0)
            return false;
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        m_reader.feed(guest::BytesView(buffer, static_cast<std::size_t>(count)));
        guest::Frame frame;
        auto status = m_reader.next(frame);
        for (; status == guest::FrameReader::Status::Frame && m_reading; status = m_reader.next(frame))
            m_onFrame(frame);
        if (!m_reading)
            return true;
        if (status == guest::FrameReader::Status::Malformed) {
            close(Closing::Malformed);
            return true;
        }
    }
    return true;
}

void HostChannel::write(guest::BytesView frame)
{
    const std::uint8_t *at = frame.data();
    std::size_t left = frame.size();
    while (left > 0 && !isCongested()) {
        const ssize_t count = ::write(m_port.value(), at, left);
        if (count <= 0)
            break;
        at += count;
        left -= static_cast<std::size_t>(count);
    }
    if (left == 0)
        return;
    if (!isCongested()) {
        m_queue.clear();
        m_sent = 0;
    }
    m_queue.insert(m_queue.end(), at, at + left);
    m_loop.setEvents(m_watch, m_reading | EPOLLOUT);
}

void HostChannel::writeQueue()
{
    while (isCongested()) {
        const ssize_t count = ::write(m_port.value(), m_queue.data() + m_sent, m_queue.size() - m_sent);
        if (count <= 0)
            return;
        m_sent += static_cast<std::size_t>(count);
    }
    m_queue.clear();
    m_sent = 0;
    m_loop.setEvents(m_watch, m_reading);
}

void HostChannel::flush(std::chrono::milliseconds limit)
{
    const auto end = SteadyClock::now() + limit;
    while (isCongested() && SteadyClock::now() < end) {
        pollfd port{m_port.value(), POLLOUT, 0};
        poll(&port, 1, 10);
        if (port.revents & POLLHUP)
            return;
        writeQueue();
    }
}

} // namespace boxgate::agent
