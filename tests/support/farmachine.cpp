#include "tests/support/farmachine.h"

#include <array>
#include <cerrno>
#include <deque>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

namespace boxgate::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t LargestPacket = 65536;

struct Held
{
    Clock::time_point due;
    std::vector<uint8_t> packet;
};

/// One direction of the line.
class Direction
{
public:
    Direction(int from, int to, std::chrono::milliseconds delay)
        : m_from(from)
        , m_to(to)
        , m_delay(delay)
        , m_buffer(LargestPacket)
    { }

    void take()
    {
        const Clock::time_point due = Clock::now() + m_delay;
        for (ssize_t size; (size = ::read(m_from, m_buffer.data(), m_buffer.size())) > 0;)
            m_held.push_back({due, {m_buffer.begin(), m_buffer.begin() + size}});
    }

    void deliver()
    {
        for (const Clock::time_point now = Clock::now(); !m_held.empty() && m_held.front().due <= now;) {
            const std::vector<uint8_t> &packet = m_held.front().packet;
            [[maybe_unused]] const ssize_t written = ::write(m_to, packet.data(), packet.size());
            m_held.pop_front();
        }
    }

    Clock::time_point nextDue() const
    {
        return m_held.empty() ? Clock::time_point::max() : m_held.front().due;
    }

private:
    int m_from;
    int m_to;
    std::chrono::milliseconds m_delay;
    std::vector<uint8_t> m_buffer;
    std::deque<Held> m_held; ///< bounded by what two TCP windows hold
};

/// Waits for a packet or for the next one that is due. Returns  false when it is time to stop
bool waitUntil(Clock::time_point due, std::array<pollfd, 3> &waits)
{
    timespec wait{};
    if (due != Clock::time_point::max()) {
        const auto left = std::max(due - Clock::now(), Clock::duration::zero());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        wait = {seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
    }
    const timespec *const limit = due == Clock::time_point::max() ? nullptr : &wait;
    ::ppoll(waits.data(), waits.size(), limit, nullptr);
    return !waits[2].revents;
}

} // namespace

FarMachine::FarMachine(std::chrono::milliseconds delay)
    : m_error(m_far.error())
{
    if (!m_error.isEmpty())
        return;
    m_error = setUp();
    if (m_error.isEmpty())
        m_line = std::thread([this, delay] { carry(delay); });
}

FarMachine::~FarMachine()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_stop, &one, sizeof one);
    if (m_line.joinable())
        m_line.join();
    for (const int descriptor : {m_nearTunnel, m_farTunnel, m_stop}) {
        if (descriptor >= 0)
            ::close(descriptor);
    }
}

QString FarMachine::setUp()
{
    m_stop = ::eventfd(0, EFD_CLOEXEC);
    const QString commands = QStringLiteral("ip addr add %2/24 dev %1 && "
                                            "ip link set %1 txqueuelen 16384 up && ip link set lo up");
    m_nearTunnel = openTunnel("near0", IFF_TUN);
    bool isUp = m_nearTunnel >= 0 && runCommand(commands.arg(QStringLiteral("near0"), NearAddress));
    m_far.run([&] {
        m_farTunnel = openTunnel("far0", IFF_TUN);
        isUp = isUp && m_farTunnel >= 0 && runCommand(commands.arg(QStringLiteral("far0"), Address));
    });
    return isUp ? QString() : QStringLiteral("The far machine cannot be set up");
}

void FarMachine::carry(std::chrono::milliseconds delay)
{
    Direction out(m_nearTunnel, m_farTunnel, delay);
    Direction back(m_farTunnel, m_nearTunnel, delay);
    std::array<pollfd, 3> waits{
        pollfd{m_nearTunnel, POLLIN, 0}, {m_farTunnel, POLLIN, 0}, {m_stop, POLLIN, 0}};
    while (waitUntil(std::min(out.nextDue(), back.nextDue()), waits)) {
        for (Direction *direction : {&out, &back}) {
            direction->take();
            direction->deliver();
        }
    }
}

} // namespace boxgate::test
