/// The parts of the network benchmark that need our code, each a process so that its CPU time and its memory
/// can be told apart. Each ends with its standard input.
///
///   gatepump engine FD MTU RULES ADDRESS   the engine on the socket FD, with an allowlist of RULES rules of
///                                          which one covers ADDRESS
///   gatepump tap PID FD FRAMING            a TAP device eth0 in the network namespace of process PID, its
///                                          frames pumped through the socket FD; FRAMING is prefixed or
///                                          packets
///
/// Both print "ready" once they are.

#include "net/engine.h"
#include "tests/support/framepump.h"
#include "tests/support/namespacethread.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <string>
#include <unistd.h>

using namespace boxgate;

namespace {

int failed(const char *what, const char *why)
{
    std::fprintf(stderr, "gatepump: %s: %s\n", what, why);
    return 1;
}

void sayReady()
{
    std::printf("ready\n");
    std::fflush(stdout);
}

/// Half names, half address ranges, as long lists of rules are; the one that counts is in the middle.
net::PolicyConfig allowlist(int size, const std::string &address)
{
    net::PolicyConfig policy;
    policy.mode = net::Mode::Allowlist;
    for (int i = 0; int(policy.rules.size()) < size; ++i) {
        if (i == size / 4)
            policy.rules.push_back(address);
        else
            policy.rules.push_back("10." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255)
                                   + ".0/24:443");
        if (int(policy.rules.size()) < size)
            policy.rules.push_back("*.name-" + std::to_string(i) + ".example.test:443");
    }
    return policy;
}

int runEngine(int wire, int mtu, int rules, const std::string &address)
{
    net::EngineConfig config;
    config.mtu = mtu;
    config.policy = allowlist(rules, address);
    config.dnsServers = {"127.0.0.1:53"};
    const auto engine = net::Engine::start(config, wire);
    if (!engine)
        return failed("engine", qPrintable(engine.error().message));
    sayReady();
    for (char byte; ::read(STDIN_FILENO, &byte, 1) > 0;) { }
    return 0;
}

int runTap(const std::string &pid, int wire, test::FramePump::Framing framing)
{
    const int space = ::open(("/proc/" + pid + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    if (space < 0 || ::setns(space, CLONE_NEWNET) != 0)
        return failed("network namespace", std::strerror(errno));
    const int tap = test::openTunnel("eth0", IFF_TAP);
    if (tap < 0)
        return failed("TAP device", std::strerror(errno));
    sayReady();
    test::FramePump(tap, wire, framing).run(STDIN_FILENO);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "engine" && argc == 6)
        return runEngine(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]), argv[5]);
    using Framing = test::FramePump::Framing;
    if (mode == "tap" && argc == 5) {
        const bool isPackets = std::strcmp(argv[4], "packets") == 0;
        return runTap(argv[2], std::atoi(argv[3]), isPackets ? Framing::Packets : Framing::Prefixed);
    }
    return failed("arguments", "see the top of gatepump.cpp");
}
