#include "net/netthread.h"

#include <csignal>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

namespace boxgate::net {

namespace {

using Clock = Flow::Clock;

/// A buffer full of frames can take long, so whoever waits with a new policy is looked after in between.
constexpr int FramesBetweenLooks = 64;
constexpr size_t MaxTcpFlows = 16384;
constexpr size_t MaxUdpFlows = 4096;
constexpr rlim_t WishedDescriptors = 65536;
constexpr size_t ReservedDescriptors = 256; ///< for everything else in the process

/// How many sockets the box may have. Raises the process's soft limit first, which is often 1024.
size_t socketBudget()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return ReservedDescriptors;
    if (limit.rlim_cur < WishedDescriptors) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(limit.rlim_max, WishedDescriptors);
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return size_t(limit.rlim_cur) > 2 * ReservedDescriptors ? size_t(limit.rlim_cur) - ReservedDescriptors
                                                            : ReservedDescriptors;
}

std::chrono::milliseconds wallClock()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

int64_t wallSecond() { return wallClock().count() / 1000; }

/// The shorter of two waits, where -1 is for ever.
int shorter(int a, int b)
{
    if (a < 0 || b < 0)
        return std::max(a, b);
    return std::min(a, b);
}

} // namespace

NetThread::NetThread(const EngineConfig &config, Policy policy, int frameDescriptor)
    : m_meter(wallSecond())
    , m_transport(frameDescriptor)
    , m_link(m_transport, m_meter)
    , m_gate(std::move(policy))
    , m_udp(m_poller, m_gate, m_link, m_meter, m_builder, size_t(config.mtu),
            std::min(MaxUdpFlows, socketBudget() / 4))
    , m_tcp(m_gate, m_link, m_meter, m_builder, size_t(config.mtu),
            std::min(MaxTcpFlows, socketBudget() / 4 * 3))
{ }

Result<std::unique_ptr<NetThread>> NetThread::start(const EngineConfig &config, Policy policy,
                                                    ZoneTable zones, int frameDescriptor)
{
    std::unique_ptr<NetThread> self(new NetThread(config, std::move(policy), frameDescriptor));
    const auto assembled = self->assemble(config, std::move(zones));
    BOXGATE_TRY(assembled);
    self->m_thread = std::thread([thread = self.get()] { thread->run(); });
    return self;
}

Result<void> NetThread::assemble(const EngineConfig &config, ZoneTable zones)
{
    m_wakeDescriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!m_poller.isValid() || m_wakeDescriptor < 0)
        return fail(Error::fromErrno(errno, QStringLiteral("The network engine cannot wait for events")));
    auto upstream = DnsUpstream::create(m_poller, config.dnsServers);
    BOXGATE_TRY(upstream);
    m_upstream = std::move(*upstream);
    // Explicit resolvers replace all that the host knows, so that they can be relied on to be what answers.
    const std::string hosts = config.dnsServers.empty() ? "/etc/hosts" : "";
    m_names = std::make_unique<DnsService>(m_gate, std::move(zones), *m_upstream, hosts);
    auto streams = DnsStreamServer::create(m_poller, *m_names);
    BOXGATE_TRY(streams);
    m_nameStreams = std::move(*streams);
    auto stack = SlirpStack::create(m_poller, m_tcp, config.mtu);
    BOXGATE_TRY(stack);
    m_stack = std::move(*stack);
    m_tcp.connectTo(*m_stack, *m_nameStreams);
    const FrameSwitch::Parts parts{m_gate, m_link, m_meter, m_builder, *m_names, m_udp, m_tcp};
    m_switch = std::make_unique<FrameSwitch>(parts, DhcpSettings{config.mtu, config.searchDomains});
    if (m_gate.policy().mode() == Mode::Off)
        m_link.close();
    m_poller.watch(m_wakeDescriptor, PollIn, this);
    return {};
}

NetThread::~NetThread()
{
    if (m_thread.joinable()) {
        {
            const std::lock_guard lock(m_mailboxMutex);
            m_stopping = true;
        }
        wake();
        m_thread.join();
    }
    if (m_wakeDescriptor >= 0) {
        m_poller.forget(m_wakeDescriptor);
        ::close(m_wakeDescriptor);
    }
}

void NetThread::wake()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeDescriptor, &one, sizeof one);
}

void NetThread::apply(Policy policy)
{
    Handover handover{std::move(policy), {}};
    const std::future<void> inForce = handover.inForce.get_future();
    {
        const std::lock_guard lock(m_mailboxMutex);
        m_mailbox.push_back(std::move(handover));
        m_hasMail.store(true, std::memory_order_relaxed);
    }
    wake();
    inForce.wait();
}

void NetThread::run()
{
    ::pthread_setname_np(::pthread_self(), "boxgate-net");
    // libslirp writes to sockets whose other end may have gone: SIGPIPE must not end the process. The others
    // belong to the main thread.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    for (;;) {
        takeHandovers();
        {
            const std::lock_guard lock(m_mailboxMutex);
            if (m_stopping && m_mailbox.empty())
                return;
        }
        turn();
    }
}

void NetThread::turn()
{
    const int sleep = timeUntilNextTurn();
    const int timeout = m_hasFramesLeft ? 0 : sleep;
    m_transport.flush();
    watchTransport();
    m_poller.wait(timeout);
    if (m_hasFramesLeft)
        takeFrames();
    m_stack->process();
    m_upstream->tick();
    m_tcp.endTurn();
    everySecond();
}

int NetThread::timeUntilNextTurn()
{
    const auto reading =
        m_transport.isAbovePauseMark() ? SlirpStack::Reading::Paused : SlirpStack::Reading::On;
    int timeout = shorter(m_stack->prepare(reading), m_upstream->timeout());
    const bool needsTick = m_meter.hasUnpublished() || m_udp.flows() > 0 || m_nameStreams->connections() > 0;
    if (needsTick)
        timeout = shorter(timeout, int(1000 - wallClock().count() % 1000));
    return timeout;
}

void NetThread::watchTransport()
{
    if (m_transport.isClosed()) {
        detach();
        return;
    }
    const uint32_t in = m_transport.isAboveStopMark() ? PollNone : PollIn;
    const uint32_t out = m_transport.queuedBytes() > 0 ? PollOut : PollNone;
    m_poller.watch(m_transport.descriptor(), in | out, this);
}

void NetThread::ready(int descriptor, uint32_t events)
{
    m_meter.advance(wallSecond());
    if (descriptor == m_transport.descriptor()) {
        if (events & PollOut)
            m_transport.flush();
        if (events & (PollIn | PollHangUp | PollError))
            receiveFrames();
        return;
    }
    uint64_t count;
    [[maybe_unused]] const ssize_t read = ::read(m_wakeDescriptor, &count, sizeof count);
}

void NetThread::receiveFrames()
{
    if (m_hasFramesLeft) // the decoder has room only once it is empty
        return;
    m_transport.receive();
    takeFrames();
}

void NetThread::takeFrames()
{
    const Clock::time_point now = Clock::now();
    int taken = 0;
    m_hasFramesLeft = false;
    for (std::span<uint8_t> frame = m_transport.next(); !frame.empty(); frame = m_transport.next()) {
        m_switch->fromGuest(frame, now);
        if (++taken % FramesBetweenLooks == 0 && m_hasMail.load(std::memory_order_relaxed)) {
            m_hasFramesLeft = true;
            return;
        }
    }
}

void NetThread::takeHandovers()
{
    std::vector<Handover> handovers;
    {
        const std::lock_guard lock(m_mailboxMutex);
        handovers.swap(m_mailbox);
        m_hasMail.store(false, std::memory_order_relaxed);
    }
    for (Handover &handover : handovers) {
        enforce(std::move(handover.policy));
        handover.inForce.set_value();
    }
}

void NetThread::enforce(Policy policy)
{
    const bool isOff = policy.mode() == Mode::Off;
    m_gate.replacePolicy(std::move(policy));
    if (isOff) {
        m_tcp.cutAll();
        m_udp.cutAll();
        m_link.close();
        m_upstream->cancel();
    } else {
        m_link.open();
    }
}

void NetThread::detach()
{
    if (!m_attached.exchange(false, std::memory_order_relaxed))
        return;
    m_poller.forget(m_transport.descriptor());
    m_link.close();
    m_tcp.cutAll();
    m_udp.cutAll();
}

void NetThread::everySecond()
{
    const int64_t second = wallSecond();
    m_meter.advance(second);
    if (second == m_lastTick)
        return;
    m_lastTick = second;
    m_udp.tick(Clock::now());
    m_nameStreams->tick();
}

} // namespace boxgate::net
