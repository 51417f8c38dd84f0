#include "net/netthread.h"

#include <csignal>
#include <malloc.h>
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

/// libslirp gives each connection two buffers of 128 KiB, of which most are hardly touched, and resizes them
/// at its begin. glibc maps such blocks one by one only until the first is freed; from its heap they would be
/// copied when resized, and cost 260 KiB instead of 9 (measured, 10,000 connections at rest).
/// Source   mallopt(3), M_MMAP_THRESHOLD: a set value is not adjusted any more
void keepLargeBlocksMapped()
{
#ifdef M_MMAP_THRESHOLD // glibc
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
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
    , m_ledger(m_meter, m_gate)
    , m_udp({m_poller, m_gate, m_ledger, m_link, m_builder}, size_t(config.mtu),
            std::min(MaxUdpFlows, socketBudget() / 4))
    , m_tcp({m_gate, m_ledger, m_link, m_meter, m_builder}, size_t(config.mtu),
            std::min(MaxTcpFlows, socketBudget() / 4 * 3))
{ }

Result<std::unique_ptr<NetThread>> NetThread::start(const EngineConfig &config, Policy policy,
                                                    ZoneTable zones, int frameDescriptor)
{
    keepLargeBlocksMapped();
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
    m_names = std::make_unique<DnsService>(m_gate, m_ledger, std::move(zones), *m_upstream, hosts);
    auto streams = DnsStreamServer::create(m_poller, *m_names);
    BOXGATE_TRY(streams);
    m_nameStreams = std::move(*streams);
    auto stack = SlirpStack::create(m_poller, m_tcp, config.mtu);
    BOXGATE_TRY(stack);
    m_stack = std::move(*stack);
    m_tcp.connectTo(*m_stack, *m_nameStreams);
    const FrameSwitch::Parts parts{m_gate, m_ledger, m_link, m_meter, m_builder, *m_names, m_udp, m_tcp};
    m_switch = std::make_unique<FrameSwitch>(parts, DhcpSettings{config.mtu, config.searchDomains});
    m_ports = std::make_unique<PortMaps>(*m_stack, m_tcp, m_udp);
    for (const PortMap &map : config.ports) {
        const Result<PortMap> opened = m_ports->add(map);
        BOXGATE_TRY(opened);
    }
    setLimits(config.limits);
    setNow();
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

void NetThread::call(const std::function<void()> &work)
{
    Call call{&work, {}};
    const std::future<void> done = call.done.get_future();
    {
        const std::lock_guard lock(m_mailboxMutex);
        m_mailbox.push_back(std::move(call));
        m_hasMail.store(true, std::memory_order_relaxed);
    }
    wake();
    done.wait();
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
        takeCalls();
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
    m_transport.flush(); // first, for the guest waits, and what is queued then decides who rests
    const int sleep = timeUntilNextTurn();
    const int untilOpen = m_hasFramesLeft ? int(m_sentLimit.untilOpen(m_now).count()) : -1;
    const int timeout = shorter(sleep, untilOpen);
    watchTransport();
    m_poller.wait(timeout);
    setNow();
    if (m_hasFramesLeft)
        takeFrames();
    m_stack->process();
    m_upstream->tick();
    m_tcp.endTurn();
    everySecond();
}

int NetThread::timeUntilNextTurn()
{
    const auto reading = m_link.isCongested() ? SlirpStack::Reading::Paused : SlirpStack::Reading::On;
    int timeout = shorter(m_stack->prepare(reading), m_upstream->timeout());
    timeout = shorter(timeout, m_link.untilOpen());
    const bool needsTick = m_meter.hasUnpublished() || m_udp.flows().size() > 0 || m_tcp.flows().size() > 0
        || m_nameStreams->connections() > 0;
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
    const uint32_t in = m_transport.isAboveStopMark() || m_hasFramesLeft ? PollNone : PollIn;
    const uint32_t out = m_transport.queuedBytes() > 0 ? PollOut : PollNone;
    m_poller.watch(m_transport.descriptor(), in | out, this);
}

void NetThread::ready(int descriptor, uint32_t events)
{
    setNow();
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
    takeFramesOneByOne();
    m_switch->endBatch(m_now);
}

void NetThread::takeFramesOneByOne()
{
    int taken = 0;
    m_hasFramesLeft = true;
    for (;;) {
        const bool isDue = taken > 0 && taken % FramesBetweenLooks == 0;
        if (!m_sentLimit.isOpen(m_now) || (isDue && m_hasMail.load(std::memory_order_relaxed)))
            return;
        const std::span<uint8_t> frame = m_transport.next();
        if (frame.empty())
            break;
        m_sentLimit.take(frame.size());
        m_switch->fromGuest(frame, m_now);
        ++taken;
    }
    m_hasFramesLeft = false;
}

void NetThread::takeCalls()
{
    std::vector<Call> calls;
    {
        const std::lock_guard lock(m_mailboxMutex);
        calls.swap(m_mailbox);
        m_hasMail.store(false, std::memory_order_relaxed);
    }
    for (Call &call : calls) {
        setNow();
        (*call.work)();
        call.done.set_value();
    }
}

/// Tells everybody the time, once per turn and per ready descriptor rather than once per frame.
void NetThread::setNow()
{
    m_now = Clock::now();
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    m_meter.advance(std::chrono::duration_cast<std::chrono::seconds>(wall).count());
    m_ledger.setNow(m_now, std::chrono::duration_cast<std::chrono::milliseconds>(wall).count());
    m_link.setNow(m_now, std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count());
}

void NetThread::setLimits(const RateLimits &limits)
{
    m_sentLimit.setRate(limits.sent);
    m_link.setLimit(limits.received);
}

void NetThread::setCapture(FrameCapture *capture)
{
    m_switch->setCapture(capture);
    m_link.setCapture(capture);
}

void NetThread::settle()
{
    m_tcp.flows().forEach([this](Flow &flow) { m_ledger.settle(flow); });
    m_udp.flows().forEach([this](Flow &flow) { m_ledger.settle(flow); });
}

void NetThread::cutUnwanted()
{
    m_tcp.cutUnwanted();
    m_udp.cutUnwanted();
}

void NetThread::enforce(Policy policy)
{
    const bool isOff = policy.mode() == Mode::Off;
    m_gate.replacePolicy(std::move(policy));
    m_ledger.policyReplaced();
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
    m_udp.tick(m_now);
    m_tcp.tick(m_now);
    m_nameStreams->tick();
    m_ledger.tick();
}

} // namespace boxgate::net
