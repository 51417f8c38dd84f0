#include "core/machine/qemuprocess.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace boxgate {

namespace {

/// QEMU has few: agent, QMP, network.
constexpr size_t MaxInherited = 8;

struct Move
{
    int from = -1;
    int to = -1;
};

/// Runs in the child between fork and exec: only async-signal-safe calls.
void becomeChild(const std::array<Move, MaxInherited> &moves, size_t count, pid_t parent)
{
    // Dies with the thread that forked, the main thread. A parent that died before this line never sends the
    // signal.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    // The runner's terminal and its Ctrl-C are none of QEMU's business.
    ::setpgid(0, 0);
    // Whatever this process itself was given without close-on-exec stays here.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    // All above the targets first, so that no dup2 closes one still needed; dup2 clears close-on-exec.
    std::array<int, MaxInherited> copies{};
    for (size_t i = 0; i < count; ++i)
        copies[i] = ::fcntl(moves[i].from, F_DUPFD_CLOEXEC, 64);
    for (size_t i = 0; i < count; ++i) {
        if (::dup2(copies[i], moves[i].to) < 0)
            ::_exit(127);
    }
}

/// Occupies the low numbers for as long as it lives, so that QProcess's own pipe to the child lies above
/// those the child's descriptors are moved to. Without it an exec that fails would be reported into a socket
/// of ours.
class LowNumbers
{
public:
    LowNumbers()
    {
        int number = -1;
        do {
            number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            m_held.emplace_back(number);
        } while (number >= 0 && number <= STDERR_FILENO + int(MaxInherited));
    }

private:
    std::vector<Descriptor> m_held;
};

} // namespace

bool QemuProcess::spawn(const Launch &launch)
{
    const LowNumbers occupied;
    m_process.start(launch.program, launch.arguments, QIODevice::ReadOnly);
    return m_process.waitForStarted();
}

void QemuProcess::prepareChild(const std::vector<Inherited> &descriptors)
{
    std::array<Move, MaxInherited> moves;
    size_t count = 0;
    for (const Inherited &inherited : descriptors) {
        Q_ASSERT(count < MaxInherited && inherited.number > STDERR_FILENO);
        moves[count++] = {inherited.descriptor.number(), inherited.number};
    }
    m_process.setChildProcessModifier(
        [moves, count, parent = ::getpid()] { becomeChild(moves, count, parent); });
}

} // namespace boxgate
