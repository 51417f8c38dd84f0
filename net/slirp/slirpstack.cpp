#include "net/slirp/slirpstack.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <libslirp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::net {

namespace {

/// Never reached: the verdict blocks it, and DNS in libslirp is off.
constexpr Ipv4 DummyNameServer = Ipv4::of(192, 168, 127, 253);

constexpr int ListenBacklog = 512;

in_addr toInAddr(Ipv4 address) { return {htonl(address.value)}; }

int64_t steadyNanoseconds()
{
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A TCP port that can be listened on now; port itself unless it is 0. Or errno.
tl::expected<uint16_t, int> freePort(Ipv4 address, uint16_t port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr = toInAddr(address);
    name.sin_port = htons(port);
    socklen_t size = sizeof name;
    auto *const generic = reinterpret_cast<sockaddr *>(&name);
    constexpr int on = 1;
    const bool isFree = descriptor >= 0
        && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && ::bind(descriptor, generic, size) == 0 && ::listen(descriptor, 1) == 0
        && ::getsockname(descriptor, generic, &size) == 0;
    const int error = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (!isFree)
        return tl::make_unexpected(error);
    return ntohs(name.sin_port);
}

bool isListener(int descriptor)
{
    int accepts = 0;
    socklen_t size = sizeof accepts;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0;
}

int64_t steadyMilliseconds() { return steadyNanoseconds() / 1'000'000; }

} // namespace

/// The stack and the tables it keeps pointers to.
struct SlirpStack::Instance
{
    SlirpCb callbacks{};
    Slirp *slirp = nullptr;

    ~Instance()
    {
        if (slirp)
            slirp_cleanup(slirp);
    }
};

struct SlirpStack::Callbacks
{
    static SlirpStack *of(void *opaque) { return static_cast<SlirpStack *>(opaque); }

    static ssize_t sendPacket(const void *frame, size_t size, void *opaque)
    {
        of(opaque)->m_listener.stackSent({static_cast<const uint8_t *>(frame), size});
        return ssize_t(size);
    }

    static SlirpCb table()
    {
        SlirpCb callbacks{};
        callbacks.send_packet = sendPacket;
        // What the guest did wrong is its own affair: dropped there, and no log line per packet.
        callbacks.guest_error = [](const char *, void *) {};
        callbacks.clock_get_ns = [](void *) { return steadyNanoseconds(); };
        // Timers serve IPv6 router advertisements only, which are off.
        callbacks.timer_new = [](SlirpTimerCb, void *, void *) -> void * { return nullptr; };
        callbacks.timer_free = [](void *, void *) {};
        callbacks.timer_mod = [](void *, int64_t, void *) {};
        callbacks.register_poll_fd = [](int descriptor, void *opaque) { of(opaque)->opened(descriptor); };
        callbacks.unregister_poll_fd = [](int descriptor, void *opaque) { of(opaque)->closed(descriptor); };
        callbacks.notify = [](void *opaque) { of(opaque)->m_changed = true; };
        return callbacks;
    }
};

SlirpStack::SlirpStack(Poller &poller, SlirpListener &listener)
    : m_poller(poller)
    , m_listener(listener)
    , m_instance(std::make_unique<Instance>())
{ }

SlirpStack::~SlirpStack()
{
    m_instance.reset(); // closes connections, which calls back into the other members
}

Result<std::unique_ptr<SlirpStack>> SlirpStack::create(Poller &poller, SlirpListener &listener, int mtu)
{
    std::unique_ptr<SlirpStack> stack(new SlirpStack(poller, listener));
    SlirpConfig config{};
    config.version = 4; // has disable_dhcp; 4.9 takes it as well
    config.in_enabled = true;
    config.vnetwork = toInAddr(plan::Subnet.network);
    config.vnetmask = {htonl(Cidr::mask(plan::Subnet.prefix))};
    config.vhost = toInAddr(plan::HostAlias);
    config.vdhcp_start = toInAddr(plan::Guest);
    config.vnameserver = toInAddr(DummyNameServer);
    config.if_mtu = size_t(mtu);
    config.if_mru = size_t(mtu);
    config.disable_dns = true;
    config.disable_dhcp = true;
    stack->m_instance->callbacks = Callbacks::table();
    stack->m_instance->slirp = slirp_new(&config, &stack->m_instance->callbacks, stack.get());
    if (!stack->m_instance->slirp)
        return fail(ErrorCode::Unavailable, QStringLiteral("The TCP stack does not start"),
                    QString::fromUtf8(slirp_version_string()));
    stack->teachGuestMac();
    return stack;
}

/// An ARP reply in the guest's name, so that the stack never has to ask and hold packets back.
void SlirpStack::teachGuestMac()
{
    using namespace wire;
    uint8_t frame[EthernetHeader + ArpPacket] = {};
    std::ranges::copy(plan::GatewayMac, frame);
    std::ranges::copy(plan::GuestMac, frame + 6);
    storeBe16(frame + 12, EtherTypeArp);
    uint8_t *arp = frame + EthernetHeader;
    storeBe16(arp, 1);
    storeBe16(arp + 2, EtherTypeIpv4);
    arp[4] = 6;
    arp[5] = 4;
    storeBe16(arp + 6, ArpReply);
    std::ranges::copy(plan::GuestMac, arp + 8);
    storeBe32(arp + 14, plan::Guest.value);
    std::ranges::copy(plan::GatewayMac, arp + 18);
    storeBe32(arp + 24, plan::HostAlias.value);
    input(frame);
}

void SlirpStack::input(std::span<const uint8_t> frame)
{
    m_changed = true;
    slirp_input(m_instance->slirp, frame.data(), int(frame.size()));
}

tl::expected<uint16_t, int> SlirpStack::listen(Ipv4 bindAddress, uint16_t hostPort, uint16_t guestPort)
{
    // The stack tells neither the port that the system chose nor its descriptor, and leaks when it fails: so
    // the port is found here, and handed over. Somebody may take it in between.
    constexpr int Tries = 8;
    int error = 0;
    for (int i = 0; i < Tries; ++i) {
        const auto port = freePort(bindAddress, hostPort);
        if (!port)
            return tl::make_unexpected(port.error());
        constexpr int isUdp = 0;
        if (slirp_add_hostfwd(m_instance->slirp, isUdp, toInAddr(bindAddress), *port, toInAddr(plan::Guest),
                              guestPort)
            == 0) {
            m_changed = true;
            m_newListeners = true; // the next prepare() widens its backlog of 1
            return *port;
        }
        error = errno;
        if (hostPort != 0)
            break;
    }
    return tl::make_unexpected(error);
}

void SlirpStack::stopListening(Ipv4 bindAddress, uint16_t hostPort)
{
    constexpr int isUdp = 0;
    slirp_remove_hostfwd(m_instance->slirp, isUdp, toInAddr(bindAddress), hostPort);
    m_changed = true;
}

SlirpStack::Socket &SlirpStack::socketOf(int descriptor)
{
    if (size_t(descriptor) >= m_sockets.size())
        m_sockets.resize(size_t(descriptor) + 64);
    return m_sockets[size_t(descriptor)];
}

int SlirpStack::prepare(Reading reading)
{
    if (m_changed || reading != m_reading) {
        m_changed = false;
        m_reading = reading;
        ++m_turn;
        uint32_t timeout = UINT32_MAX;
        slirp_pollfds_fill(
            m_instance->slirp, &timeout,
            [](int descriptor, int events, void *opaque) {
                return Callbacks::of(opaque)->watch(descriptor, events);
            },
            this);
        std::erase_if(m_watched, [this](int descriptor) {
            if (m_sockets[size_t(descriptor)].turn == m_turn)
                return false;
            m_poller.watch(descriptor, PollNone, this);
            return true;
        });
        m_newListeners = false;
        m_deadline = steadyMilliseconds() + int64_t(timeout);
    }
    if (m_openSockets == 0)
        return -1; // the stack's timers are those of its connections
    return int(std::clamp<int64_t>(m_deadline - steadyMilliseconds(), 0, 1000));
}

int SlirpStack::watch(int descriptor, int slirpEvents)
{
    // SLIRP_POLL_PRI is left out: urgent data of the host side is read in line like any other.
    uint32_t events = PollNone;
    if ((slirpEvents & SLIRP_POLL_IN) && m_reading == Reading::On)
        events |= PollIn;
    if (slirpEvents & SLIRP_POLL_OUT)
        events |= PollOut;
    if (events == PollNone)
        return descriptor;
    Socket &socket = socketOf(descriptor);
    if (!socket.isOpen && m_newListeners && isListener(descriptor))
        ::listen(descriptor, ListenBacklog);
    const bool wasWatched = socket.turn != 0 && socket.turn == m_turn - 1;
    socket.turn = m_turn;
    if (!wasWatched)
        m_watched.push_back(descriptor);
    m_poller.watch(descriptor, events, this);
    return descriptor;
}

int SlirpStack::takeReady(int descriptor)
{
    uint32_t &ready = socketOf(descriptor).ready;
    int events = 0;
    if ((ready & PollIn) && m_reading == Reading::On)
        events |= SLIRP_POLL_IN;
    if ((ready & PollHangUp) && m_reading == Reading::On)
        events |= SLIRP_POLL_HUP;
    if (ready & PollOut)
        events |= SLIRP_POLL_OUT;
    if (ready & PollError)
        events |= SLIRP_POLL_ERR;
    ready = PollNone;
    return events;
}

void SlirpStack::ready(int descriptor, uint32_t events)
{
    m_sockets[size_t(descriptor)].ready = events;
    m_hasReady = true;
}

void SlirpStack::process()
{
    const bool isDue = m_openSockets > 0 && steadyMilliseconds() >= m_deadline;
    if (!m_hasReady && !isDue)
        return; // what the guest sent was answered at once; the stack would look through all connections
    m_hasReady = false;
    m_changed = true;
    constexpr int noError = 0;
    slirp_pollfds_poll(
        m_instance->slirp, noError,
        [](int descriptor, void *opaque) { return Callbacks::of(opaque)->takeReady(descriptor); }, this);
}

void SlirpStack::opened(int descriptor)
{
    socketOf(descriptor) = Socket{true};
    ++m_openSockets;
    m_listener.socketOpened(descriptor);
}

void SlirpStack::closed(int descriptor)
{
    // libslirp also unregisters what it never registered: -1, and listeners, which may be watched all the
    // same
    if (descriptor < 0 || size_t(descriptor) >= m_sockets.size())
        return;
    const Socket before = std::exchange(m_sockets[size_t(descriptor)], Socket());
    if (before.turn != 0) {
        std::erase(m_watched, descriptor);
        m_poller.forget(descriptor);
    }
    if (!before.isOpen)
        return;
    --m_openSockets;
    m_listener.socketClosed(descriptor);
}

} // namespace boxgate::net
