#include "tests/support/tapbench.h"

#include "tests/support/framepump.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

namespace {

QString failure(const char *what)
{
    return QString::fromLatin1(what) + QLatin1String(": ") + qt_error_string(errno);
}

bool writeFile(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
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
    if (!runCommand(QStringLiteral("ip link set lo up")))
        return QStringLiteral("The 'ip' command does not work");
    const int tun = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tun < 0)
        return failure("/dev/net/tun");
    ::close(tun);
    return {};
}

void TapBench::addHostAddress(const QString &address)
{
    runCommand(QStringLiteral("ip addr add %1/32 dev lo").arg(address));
}

TapBench::TapBench(int mtu)
    : m_error(m_guest.error())
{
    int ends[2];
    if (!m_error.isEmpty())
        return;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        m_error = failure("socketpair");
        return;
    }
    m_wire = ends[0];
    m_engineWire = ends[1];
    m_stop = ::eventfd(0, EFD_CLOEXEC);
    m_guest.run([this, mtu] { setUp(mtu); });
    if (m_error.isEmpty())
        m_pump = std::thread([this] { FramePump(m_tap, m_wire).run(m_stop); });
}

TapBench::~TapBench()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_stop, &one, sizeof one);
    if (m_pump.joinable())
        m_pump.join();
    for (const int descriptor : {m_tap, m_wire, m_engineWire, m_stop}) {
        if (descriptor >= 0)
            ::close(descriptor);
    }
}

int TapBench::takeWire() { return std::exchange(m_engineWire, -1); }

void TapBench::setUp(int mtu)
{
    m_tap = openTunnel("eth0", IFF_TAP);
    if (m_tap < 0) {
        m_error = failure("TAP device");
        return;
    }
    // A guest's virtio queue holds its packets back; a TAP drops what its queue does not take, so it is long.
    const QString commands =
        QStringLiteral("ip link set lo up && "
                       "ip link set eth0 address 5a:94:ef:e4:0c:ee mtu %1 txqueuelen 16384 && "
                       "ip addr add 192.168.127.2/24 dev eth0 && ip link set eth0 up && "
                       "ip route add default via 192.168.127.1")
            .arg(mtu);
    if (!runCommand(commands))
        m_error = QStringLiteral("The guest's interface cannot be set up");
}

} // namespace boxgate::test
