#include "tests/support/tapbench.h"

#include "net/transport/framecodec.h"

#include <QFile>
#include <QProcess>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace boxgate::test {

namespace {

QString failure(const char *what)
{
    return QString::fromLatin1(what) + QLatin1String(": ") + qt_error_string(errno);
}

/// Runs a command in the calling thread's namespace.
bool run(const QString &command)
{
    return std::system(command.toLocal8Bit().constData())
        == 0; // fork() takes the calling thread's namespaces along
}

bool writeFile(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

bool writeAll(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        const ssize_t count = ::send(descriptor, data, size, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        data += count;
        size -= size_t(count);
    }
    return true;
}

} // namespace

QString TapBench::enterHostNamespace()
{
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(user == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return failure("No network namespace");
    if (user != 0) {
        writeFile(QStringLiteral("/proc/self/setgroups"), "deny");
        writeFile(QStringLiteral("/proc/self/uid_map"), "0 " + QByteArray::number(user) + " 1");
        writeFile(QStringLiteral("/proc/self/gid_map"), "0 " + QByteArray::number(group) + " 1");
    }
    if (!run(QStringLiteral("ip link set lo up")))
        return QStringLiteral("The 'ip' command does not work");
    const int tun = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tun < 0)
        return failure("/dev/net/tun");
    ::close(tun);
    return {};
}

void TapBench::addHostAddress(const QString &address)
{
    run(QStringLiteral("ip addr add %1/32 dev lo").arg(address));
}

TapBench::TapBench(int mtu)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        m_error = failure("socketpair");
        return;
    }
    m_wire = ends[0];
    m_engineWire = ends[1];
    m_stop = ::eventfd(0, EFD_CLOEXEC);
    std::future<void> ready = m_ready.get_future();
    m_guest = std::thread([this, mtu] {
        setUp(mtu);
        m_ready.set_value();
        serve();
    });
    ready.wait();
    if (!m_error.isEmpty())
        return;
    m_fromTap = std::thread([this] { pumpFromTap(); });
    m_toTap = std::thread([this] { pumpToTap(); });
}

TapBench::~TapBench()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_stop, &one, sizeof one);
    ::shutdown(m_wire, SHUT_RDWR);
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    for (std::thread *thread : {&m_fromTap, &m_toTap, &m_guest}) {
        if (thread->joinable())
            thread->join();
    }
    for (const int descriptor : {m_tap, m_wire, m_engineWire, m_stop}) {
        if (descriptor >= 0)
            ::close(descriptor);
    }
}

int TapBench::takeWire() { return std::exchange(m_engineWire, -1); }

void TapBench::setUp(int mtu)
{
    if (::unshare(CLONE_NEWNET) != 0) {
        m_error = failure("No network namespace for the guest");
        return;
    }
    openTap();
    if (!m_error.isEmpty())
        return;
    const QString commands =
        QStringLiteral("ip link set lo up && ip link set eth0 address 5a:94:ef:e4:0c:ee mtu %1 && "
                       "ip addr add 192.168.127.2/24 dev eth0 && ip link set eth0 up && "
                       "ip route add default via 192.168.127.1")
            .arg(mtu);
    if (!run(commands))
        m_error = QStringLiteral("The guest's interface cannot be set up");
}

void TapBench::openTap()
{
    m_tap = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::strcpy(request.ifr_name, "eth0");
    if (m_tap < 0 || ::ioctl(m_tap, TUNSETIFF, &request) != 0)
        m_error = failure("TAP device");
}

void TapBench::serve()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_hasTask || m_stopping; });
        if (m_stopping)
            return;
        m_hasTask = false;
        std::packaged_task<void()> task = std::move(m_task);
        lock.unlock();
        task();
        lock.lock();
    }
}

void TapBench::inGuest(const std::function<void()> &work)
{
    std::packaged_task<void()> task(work);
    std::future<void> done = task.get_future();
    {
        const std::lock_guard lock(m_mutex);
        m_task = std::move(task);
        m_hasTask = true;
    }
    m_wake.notify_all();
    done.get();
}

void TapBench::pumpFromTap()
{
    std::vector<uint8_t> buffer(net::FrameDecoder::Prefix + net::FrameDecoder::HighestFrame);
    for (;;) {
        pollfd waits[2] = {{m_tap, POLLIN, 0}, {m_stop, POLLIN, 0}};
        ::poll(waits, 2, -1);
        if (waits[1].revents)
            return;
        const ssize_t size =
            ::read(m_tap, buffer.data() + net::FrameDecoder::Prefix, net::FrameDecoder::HighestFrame);
        if (size <= 0)
            return;
        net::encodeFramePrefix(size_t(size), buffer.data());
        if (!writeAll(m_wire, buffer.data(), net::FrameDecoder::Prefix + size_t(size)))
            return;
    }
}

void TapBench::pumpToTap()
{
    net::FrameDecoder decoder;
    for (;;) {
        const auto room = decoder.room();
        const ssize_t size = ::recv(m_wire, room.data(), room.size(), 0);
        if (size <= 0)
            return;
        decoder.received(size_t(size));
        for (auto frame = decoder.next(); !frame.empty(); frame = decoder.next()) {
            if (::write(m_tap, frame.data(), frame.size()) < 0 && errno != EIO)
                return;
        }
    }
}

} // namespace boxgate::test
