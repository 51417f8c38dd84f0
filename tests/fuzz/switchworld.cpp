#include "tests/fuzz/switchworld.h"

#include "net/addressplan.h"
#include "net/inspect/firstbytes.h"
#include "net/services/dnsmessage.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::fuzz {

using namespace net;

namespace {

sockaddr_in addressOf(Ipv4 address, uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(address.value);
    return result;
}

int boundSocket(int type, Ipv4 address, uint16_t port)
{
    const int descriptor = ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in name = addressOf(address, port);
    require(::bind(descriptor, reinterpret_cast<const sockaddr *>(&name), sizeof name) == 0, "bind");
    return descriptor;
}

bool writeFile(const char *path, std::string_view text)
{
    const int descriptor = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool isWritten =
        descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == ssize_t(text.size());
    ::close(descriptor);
    return isWritten;
}

bool bringUp(const char *interface, Ipv4 address)
{
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    const sockaddr_in name = addressOf(address, 0);
    std::memcpy(&request.ifr_addr, &name, sizeof name);
    bool isUp = ::ioctl(descriptor, SIOCSIFADDR, &request) == 0;
    request.ifr_flags = IFF_UP;
    isUp = isUp && ::ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    ::close(descriptor);
    return isUp;
}

Policy policyOf(List list)
{
    PolicyConfig config;
    config.hostAlias = HostAlias::Off;
    config.mode = list == List::Open ? Mode::Open : list == List::Off ? Mode::Off : Mode::Allowlist;
    if (list == List::ByName)
        config.rules = {"allowed.test"};
    else if (list == List::ByAddress)
        config.rules = {"198.51.100.10:443/tcp"};
    auto policy = Policy::compile(config);
    require(policy.has_value(), "the policy compiles");
    return std::move(*policy);
}

int descriptorsInUse()
{
    const int next = ::dup(STDIN_FILENO);
    ::close(next);
    return next;
}

} // namespace

void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "Does not hold: %s\n", what);
    std::abort();
}

bool enterNetwork()
{
    const uid_t user = ::geteuid();
    if (::unshare(user == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    if (user != 0
        && !(writeFile("/proc/self/setgroups", "deny")
             && writeFile("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")))
        return false;
    return bringUp("lo", Ipv4::of(127, 0, 0, 1)) && bringUp("lo:1", AllowedIp) && bringUp("lo:2", OtherIp);
}

Host::Host()
    : m_tcp(boundSocket(SOCK_STREAM, {}, Port))
    , m_udp(boundSocket(SOCK_DGRAM, {}, Port))
    , m_resolver(boundSocket(SOCK_DGRAM, Ipv4::of(127, 0, 0, 1), 1053))
{
    const int on = 1;
    require(::listen(m_tcp, 64) == 0, "listen");
    require(::setsockopt(m_udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0, "IP_PKTINFO");
}

std::string Host::resolver() const { return "127.0.0.1:1053"; }

bool Host::isIn(std::initializer_list<List> lists) const
{
    return std::ranges::any_of(lists, [this](List list) { return m_lists.contains(list); });
}

void Host::checkDestination(Ipv4 address, bool isTcp) const
{
    // the alias is closed, and there is no other way to it
    require(address.value >> 24 != 127, "nothing goes to the loopback");
    if (isIn({List::Open}))
        return;
    require(address == AllowedIp && isTcp && isIn({List::ByName, List::ByAddress}), "what leaves is allowed");
}

/// What arrives of a connection that only a name let in begins with bytes that were looked at, and whole.
void Host::checkFirstBytes(const Connection &connection) const
{
    if (isIn({List::Open, List::ByAddress}) || connection.received.empty())
        return;
    FirstBytes first;
    const FirstBytes::Finding finding = first.add(connection.received);
    require(finding == FirstBytes::Finding::NotInspected
                || (finding == FirstBytes::Finding::Named && first.name() == "allowed.test"),
            "what arrives by a name begins with a hello that names it");
}

void Host::acceptAll()
{
    for (;;) {
        const int descriptor = ::accept4(m_tcp, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0)
            return;
        sockaddr_in local{};
        socklen_t size = sizeof local;
        ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&local), &size);
        m_connections.push_back({descriptor, {}});
        checkDestination({ntohl(local.sin_addr.s_addr)}, true);
    }
}

void Host::receiveAll()
{
    uint8_t buffer[65536];
    for (Connection &connection : m_connections) {
        for (ssize_t count; (count = ::recv(connection.descriptor, buffer, sizeof buffer, 0)) > 0;)
            connection.received.insert(connection.received.end(), buffer, buffer + count);
        checkFirstBytes(connection);
    }
    for (;;) {
        alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(in_pktinfo))];
        iovec data{buffer, sizeof buffer};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        if (::recvmsg(m_udp, &message, 0) < 0)
            break;
        const cmsghdr *const header = CMSG_FIRSTHDR(&message);
        require(header && header->cmsg_type == IP_PKTINFO, "IP_PKTINFO");
        in_pktinfo info;
        std::memcpy(&info, CMSG_DATA(header), sizeof info);
        checkDestination({ntohl(info.ipi_addr.s_addr)}, false);
    }
    for (ssize_t count; (count = ::recv(m_resolver, buffer, sizeof buffer, 0)) >= 0;) {
        const auto query = dns::parseQuery({buffer, size_t(count)});
        require(query.has_value(), "a question that leaves is well formed");
        require(isIn({List::Open}) || (isIn({List::ByName}) && query->name == "allowed.test"),
                "a question that leaves is allowed");
    }
}

void Host::check()
{
    acceptAll();
    receiveAll();
}

void Host::reset()
{
    check();
    for (const Connection &connection : m_connections) {
        const linger atOnce{1, 0};
        ::setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
        ::close(connection.descriptor);
    }
    m_connections.clear();
    m_lists.clear();
}

Engine::Engine(const std::string &resolver)
    : m_now(Flow::Clock::now())
    , m_transport([this] {
        int ends[2];
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
                "socketpair");
        m_guestEnd = ends[0];
        return ends[1];
    }())
    , m_link(m_transport, m_meter)
    , m_gate(policyOf(List::Open))
    , m_ledger(m_meter, m_gate)
    , m_udp({m_poller, m_gate, m_ledger, m_link, m_builder}, Mtu, 256)
    , m_tcp({m_gate, m_ledger, m_link, m_meter, m_builder}, Mtu, 256)
{
    for (const List list : {List::ByName, List::ByAddress, List::Open, List::Off})
        m_policies.push_back(policyOf(list));
    auto upstream = DnsUpstream::create(m_poller, {resolver});
    require(upstream.has_value(), "the resolver starts");
    m_upstream = std::move(*upstream);
    auto zones = ZoneTable::build({});
    m_names = std::make_unique<DnsService>(m_gate, m_ledger, std::move(*zones), *m_upstream, "");
    auto streams = DnsStreamServer::create(m_poller, *m_names);
    require(streams.has_value(), "the name server starts");
    m_nameStreams = std::move(*streams);
    auto stack = SlirpStack::create(m_poller, m_tcp, int(Mtu));
    require(stack.has_value(), "the stack starts");
    m_stack = std::move(*stack);
    m_tcp.connectTo(*m_stack, *m_nameStreams);
    const FrameSwitch::Parts parts{m_gate, m_ledger, m_link, m_meter, m_builder, *m_names, m_udp, m_tcp};
    m_batch.reserve(256 * 1024);
    m_switch = std::make_unique<FrameSwitch>(parts, DhcpSettings{int(Mtu), {"local"}});
}

void Engine::take(const std::vector<uint8_t> &frame)
{
    if (m_batch.size() + frame.size() > m_batch.capacity())
        endBatch();
    const size_t at = m_batch.size();
    m_batch.insert(m_batch.end(), frame.begin(), frame.end());
    m_now += std::chrono::milliseconds(1);
    m_switch->fromGuest(std::span(m_batch).subspan(at), m_now);
}

void Engine::endBatch()
{
    m_switch->endBatch(m_now);
    m_batch.clear();
}

void Engine::turn()
{
    endBatch();
    m_stack->prepare(SlirpStack::Reading::On);
    m_transport.flush();
    m_poller.wait(0);
    m_stack->process();
    m_tcp.endTurn();
}

void Engine::setList(List list)
{
    endBatch();
    m_gate.replacePolicy(m_policies[size_t(list)]);
    m_ledger.policyReplaced();
    if (list == List::Off) {
        m_tcp.cutAll();
        m_udp.cutAll();
        m_link.close();
        m_upstream->cancel();
    } else {
        m_link.open();
    }
}

void Engine::closeUnwanted()
{
    endBatch();
    m_tcp.cutUnwanted();
    m_udp.cutUnwanted();
}

void Engine::letSecondsPass(int seconds)
{
    endBatch();
    m_now += std::chrono::seconds(seconds);
    m_tcp.tick(m_now);
    m_udp.tick(m_now);
    m_nameStreams->tick();
    m_ledger.tick();
}

void Engine::reset()
{
    endBatch();
    m_tcp.cutAll();
    m_udp.cutAll();
    m_upstream->cancel();
    for (int i = 0; i < 3 && m_stack->sockets() > 0; ++i)
        turn(); // an attempt under way ends with its socket's next event
    checkBounds();
    m_gate.pins().pin(AllowedIp, "allowed.test", std::chrono::hours(24), Gate::Clock::now());
}

/// Nothing is left of an input, and what is kept on purpose stays small.
void Engine::checkBounds()
{
    require(m_udp.flows().size() == 0, "no UDP flow is left");
    require(m_tcp.flows().size() == 0, "no TCP flow is left");
    require(m_stack->sockets() == 0, "no connection of the stack is left");
    constexpr uint64_t Interval = 4096;
    if (++m_resets % Interval != 0)
        return;
    require(m_ledger.destinations().size() <= DestinationTable::MaxIdle, "destinations are bounded");
    require(m_ledger.blockedAttempts().size() <= BlockedTable::MaxEntries, "attempts are bounded");
    require(m_ledger.questions().size() <= Ledger::MaxQuestions, "questions are bounded");
    require(m_ledger.events(0).events.size() <= EventLog::MaxEvents, "events are bounded");
    require(m_gate.pins().size() <= PinTable::MaxPins, "pins are bounded");
    require(descriptorsInUse() < 512, "no descriptor leaks");
    require(m_meter.counters().tcpOpen == 0, "no connection counts as open");
}

bool Engine::receiveAnswers()
{
    const std::span<uint8_t> room = m_answers.room();
    const ssize_t count = ::recv(m_guestEnd, room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0)
        m_answers.received(size_t(count));
    return count > 0;
}

} // namespace boxgate::fuzz
