#pragma once

#include "core/base/result.h"
#include "net/forward/portmaps.h"
#include "net/frameswitch.h"
#include "net/services/dnsstreamserver.h"
#include "net/services/dnsupstream.h"

#include <future>
#include <thread>

namespace boxgate::net {

/// The engine's parts and the loop that runs them.
///
/// The parts are made on the thread that calls start() and belong to the net thread from then on. Other
/// threads read the meter, and reach everything else by call(), which hands work over through a mailbox and a
/// wake-up descriptor.
class NetThread final : public PollHandler
{
public:
    static Result<std::unique_ptr<NetThread>> start(const EngineConfig &config, Policy policy,
                                                    ZoneTable zones, int frameDescriptor);
    ~NetThread();
    NetThread(const NetThread &) = delete;
    NetThread &operator=(const NetThread &) = delete;

    /// Any thread but net. Runs work on the net thread, between two frames, and waits for it.
    void call(const std::function<void()> &work);

    // For work on the net thread.
    void enforce(Policy policy);
    void cutUnwanted();
    void setLimits(const RateLimits &limits);
    void setCapture(FrameCapture *capture);
    /// Brings the destinations up to date with the flows that are open.
    void settle();
    /// The address that the box's zones have for a name; none for a name that is not theirs.
    std::optional<Ipv4> zoned(const std::string &name) const { return m_names->zoned(name); }
    Gate &gate() { return m_gate; }
    Ledger &ledger() { return m_ledger; }
    TcpForwarder &tcp() { return m_tcp; }
    UdpRelay &udp() { return m_udp; }
    PortMaps &ports() { return *m_ports; }

    const TrafficMeter &meter() const { return m_meter; }
    bool isAttached() const { return m_attached.load(std::memory_order_relaxed); }

    void ready(int descriptor, uint32_t events) override;

private:
    struct Call
    {
        const std::function<void()> *work;
        std::promise<void> done;
    };

    NetThread(const EngineConfig &config, Policy policy, int frameDescriptor);
    Result<void> assemble(const EngineConfig &config, ZoneTable zones);
    void run();
    void turn();
    int timeUntilNextTurn();
    void receiveFrames();
    void takeFrames();
    void takeFramesOneByOne();
    void watchTransport();
    void takeCalls();
    void setNow();
    void detach();
    void everySecond();
    void wake();

    // From the wire up; destroyed in reverse.
    TrafficMeter m_meter;
    Poller m_poller;
    FrameTransport m_transport;
    GuestLink m_link;
    FrameBuilder m_builder;
    Gate m_gate;
    Ledger m_ledger;
    std::unique_ptr<DnsUpstream> m_upstream;
    std::unique_ptr<DnsService> m_names;
    std::unique_ptr<DnsStreamServer> m_nameStreams;
    UdpRelay m_udp;
    TcpForwarder m_tcp;
    std::unique_ptr<SlirpStack> m_stack;
    std::unique_ptr<PortMaps> m_ports;
    std::unique_ptr<FrameSwitch> m_switch;

    int m_wakeDescriptor = -1;
    std::mutex m_mailboxMutex; ///< guards the two below
    std::vector<Call> m_mailbox;
    bool m_stopping = false;
    std::atomic<bool> m_hasMail{false}; ///< a hint, read between frames
    bool m_hasFramesLeft = false; ///< in the decoder: the last turn broke off, for the mailbox or the limit
    ByteBucket m_sentLimit;
    Flow::Clock::time_point m_now;
    std::atomic<bool> m_attached{true};
    int64_t m_lastTick = 0; ///< Unix s
    std::thread m_thread;
};

} // namespace boxgate::net
