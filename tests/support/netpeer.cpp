/// The other ends of the network tests and benchmarks: a server that echoes, and clients that hold, cycle and
/// time connections. A process of its own, so that its descriptors, memory and CPU time are not the gate's.
///
///   netpeer serve CLOSES                            "port N"; echoes until its input ends
///   netpeer hold COUNT PORT ADDRESS...              "held N"; at a line of input uses each: "used N"; then,
///   at
///                                                   the end of its input, closes them
///   netpeer cycle COUNT PARALLEL CLOSES PORT ADDRESS...   "cycled N SECONDS": whole connections, one byte
///   each way netpeer pingpong COUNT PORT ADDRESS             "rtt P50 P99" in microseconds, one byte each
///   way
///
/// CLOSES is who closes a connection first: client, or server (after its first answer). Connections go to the
/// addresses in turn: a port of the client rests in TIME_WAIT for a minute, per address.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

enum class Closes
{
    Client,
    Server
};

/// Where clients connect to.
struct Target
{
    uint16_t port = 0;
    std::vector<in_addr> addresses;

    sockaddr_in nth(size_t index) const
    {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        name.sin_addr = addresses[index % addresses.size()];
        return name;
    }
};

[[noreturn]] void fail(const char *what)
{
    std::fprintf(stderr, "netpeer: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

/// A connected socket with a time limit, that ends a hang; -1 with errno.
int connectTo(const sockaddr_in &name)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{120, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket, reinterpret_cast<const sockaddr *>(&name), sizeof name) == 0)
        return socket;
    ::close(socket);
    return -1;
}

bool exchangeByte(int socket)
{
    char byte = 'x';
    return ::send(socket, &byte, 1, MSG_NOSIGNAL) == 1 && ::recv(socket, &byte, 1, 0) == 1 && byte == 'x';
}

void watch(int epoll, int descriptor)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void answer(int socket, Closes closes)
{
    char buffer[4096];
    const ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
    // the answers are short, so the socket takes them whole
    const bool isGood = count > 0 && ::send(socket, buffer, size_t(count), MSG_NOSIGNAL) == count;
    if (!isGood || closes == Closes::Server)
        ::close(socket);
}

int serve(Closes closes)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    socklen_t size = sizeof name;
    if (::bind(listener, reinterpret_cast<sockaddr *>(&name), size) != 0 || ::listen(listener, 4096) != 0)
        fail("listen");
    ::getsockname(listener, reinterpret_cast<sockaddr *>(&name), &size);
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener);
    watch(epoll, STDIN_FILENO);
    std::printf("port %d\n", ntohs(name.sin_port));
    for (std::array<epoll_event, 256> events;;) {
        const int count = ::epoll_wait(epoll, events.data(), int(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int descriptor = events[size_t(i)].data.fd;
            if (descriptor == STDIN_FILENO)
                return 0;
            if (descriptor != listener) {
                answer(descriptor, closes);
                continue;
            }
            for (int socket; (socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
                watch(epoll, socket);
        }
    }
}

/// Waits for a line of input, or its end.
void awaitLine()
{
    for (int letter; (letter = std::getchar()) != '\n' && letter != EOF;) { }
}

int hold(size_t count, const Target &target)
{
    std::vector<int> sockets;
    for (size_t i = 0; i < count; ++i) {
        sockets.push_back(connectTo(target.nth(i)));
        if (sockets.back() < 0)
            fail("connect");
    }
    std::printf("held %zu\n", count);
    awaitLine();
    size_t used = 0;
    // each connection has a message of its own, and all are under way at once
    for (size_t i = 0; i < count; ++i)
        ::send(sockets[i], &i, sizeof i, MSG_NOSIGNAL);
    for (size_t i = 0; i < count; ++i) {
        size_t echo = count;
        used += ::recv(sockets[i], &echo, sizeof echo, MSG_WAITALL) == sizeof echo && echo == i;
    }
    std::printf("used %zu\n", used);
    awaitLine();
    return 0;
}

bool cycleOnce(const sockaddr_in &name, Closes closes)
{
    const int socket = connectTo(name);
    if (socket < 0)
        return false;
    char byte;
    bool isGood = exchangeByte(socket);
    if (closes == Closes::Server)
        isGood = isGood && ::recv(socket, &byte, 1, 0) == 0;
    ::close(socket);
    return isGood;
}

int cycle(size_t count, size_t parallel, Closes closes, const Target &target)
{
    std::atomic<size_t> next{0};
    std::atomic<size_t> good{0};
    std::vector<std::thread> threads;
    const Clock::time_point begin = Clock::now();
    for (size_t i = 0; i < parallel; ++i) {
        threads.emplace_back([&] {
            for (size_t number; (number = next++) < count;)
                good += cycleOnce(target.nth(number), closes);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    std::printf("cycled %zu %.6f\n", good.load(), seconds.count());
    return 0;
}

int pingpong(size_t count, const Target &target)
{
    const int socket = connectTo(target.nth(0));
    std::vector<double> microseconds;
    for (size_t i = 0; i < count; ++i) {
        const Clock::time_point begin = Clock::now();
        if (!exchangeByte(socket))
            fail("pingpong");
        microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    std::ranges::sort(microseconds);
    std::printf("rtt %.1f %.1f\n", microseconds[count / 2], microseconds[count * 99 / 100]);
    return 0;
}

/// Takes what is left of the arguments.
struct Arguments
{
    std::vector<std::string> words;
    size_t next = 0;

    std::string word() { return next < words.size() ? words[next++] : std::string(); }
    size_t number() { return std::strtoul(word().c_str(), nullptr, 10); }
    Closes closes() { return word() == "server" ? Closes::Server : Closes::Client; }
    Target target()
    {
        Target target{uint16_t(number()), {}};
        while (next < words.size()) {
            in_addr address{};
            if (::inet_pton(AF_INET, word().c_str(), &address) == 1)
                target.addresses.push_back(address);
        }
        if (target.addresses.empty())
            fail("no address");
        return target;
    }
};

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    Arguments arguments{{argv + 1, argv + argc}};
    const std::string mode = arguments.word();
    if (mode == "serve")
        return serve(arguments.closes());
    const size_t count = arguments.number();
    if (mode == "hold")
        return hold(count, arguments.target());
    if (mode == "pingpong")
        return pingpong(count, arguments.target());
    if (mode == "cycle") {
        const size_t parallel = arguments.number();
        const Closes closes = arguments.closes();
        return cycle(count, parallel, closes, arguments.target());
    }
    std::fprintf(stderr, "netpeer: there is no mode '%s'\n", mode.c_str());
    return 2;
}
