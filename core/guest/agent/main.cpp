/// The agent: first process of every guest. The protocol it speaks is in core/guest/protocol/protocol.h.

#include "core/guest/agent/agent.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>

int main()
{
    if (getpid() != 1) {
        fprintf(stderr, "This is the first process of a Boxgate guest; it does nothing anywhere else.\n");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    umask(022);
    // Five descriptors per command; the kernel's first limit is 1024.
    constexpr rlim_t Files = 1024 * 1024;
    const rlimit files{Files, Files};
    setrlimit(RLIMIT_NOFILE, &files);

    boxgate::agent::Agent agent;
    agent.run();
    reboot(RB_POWER_OFF);
    return EXIT_FAILURE; // not reached: the kernel would panic
}
