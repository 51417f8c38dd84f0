#include "core/guest/agent/copier.h"

#include "core/tree/treepacker.h"
#include "core/tree/treeunpacker.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace boxgate::agent {

namespace {

tree::CancelFlag hungUp{false};

tree::Problem pack(const guest::Copy &copy)
{
    struct stat root
    { };
    struct stat source
    { };
    tree::PackRequest request{copy.path, copy.followLink, false};
    // /proc, /sys and volumes are no part of the box's disk; who wants a volume's files names it.
    request.oneFileSystem =
        stat("/", &root) == 0 && stat(copy.path.c_str(), &source) == 0 && root.st_dev == source.st_dev;
    tree::ItemWriter out(STDOUT_FILENO, hungUp);
    tree::Totals totals;
    return packTree(request, out, hungUp, totals);
}

tree::Problem unpack(const guest::Copy &copy)
{
    tree::ItemReader in(STDIN_FILENO, hungUp);
    tree::Totals totals;
    const auto ownership = copy.keepOwners ? tree::Ownership::Sent : tree::Ownership::Receiver;
    return unpackTree({copy.path, copy.name, ownership}, in, hungUp, totals);
}

[[noreturn]] void run(const guest::Copy &copy)
{
    // A hang-up interrupts what blocks, so that a file that is half there is removed.
    struct sigaction action
    { };
    action.sa_handler = [](int) { hungUp = true; };
    sigaction(SIGHUP, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    umask(022);
    const bool packs = copy.direction == guest::Copy::Direction::Out;
    const tree::Problem problem = chdir("/") == 0 ? packs ? pack(copy) : unpack(copy) : "cannot enter /";
    if (!problem.empty()) {
        [[maybe_unused]] const ssize_t told = write(STDERR_FILENO, problem.data(), problem.size());
    }
    _exit(problem.empty() ? EXIT_SUCCESS : EXIT_FAILURE);
}

} // namespace

std::optional<Launched> launchCopy(const guest::Copy &copy, guest::ExecFailed &failure)
{
    guest::Exec streams;
    streams.wantsStdin = copy.direction == guest::Copy::Direction::In;
    return launchChild(streams, failure, [&copy] { run(copy); });
}

} // namespace boxgate::agent
