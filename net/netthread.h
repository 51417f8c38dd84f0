#pragma once

#include "core/base/result.h"
#include "net/frameswitch.h"
#include "net/services/dnsstreamserver.h"
#include "net/services/dnsupstream.h"

#include <future>
#include <thread>

namespace boxgate::net {

/// The engine's parts and the loop that runs them.
///
/// The parts are made on the thread that calls start() and belong to the net thread from then on. Other
/// threads reach it by apply(), which hands a policy over through a mailbox and a wake-up descriptor, and
/// read the meter.
class NetThread final : public PollHandler
{
public:
    static Result<std::unique_ptr<NetThread>> start(const EngineConfig &config, Policy policy,
                                                    ZoneTable zones, int frameDescriptor);
    ~NetThread();
    NetThread(const NetThread &) = delete;
    NetThread &operator=(const NetThread &) = delete;

    /// Any thread. Returns once the policy is in force.
    void apply(Policy policy);

    const TrafficMeter &meter() const { return m_meter; }
    bool isAttached() const { return m_attached.load(std::memory_order_relaxed); }

    void ready(int descriptor, uint32_t events) override;

private:
    struct Handover
    {
        Policy policy;
        std::promise<void> inForce;
    };

    NetThread(const EngineConfig &config, Policy policy, int frameDescriptor);
    Result<void> assemble(const EngineConfig &config, ZoneTable zones);
    void run();
    void turn();
    int timeUntilNextTurn();
    void receiveFrames();
    void takeFrames();
    void watchTransport();
    void takeHandovers();
    void enforce(Policy policy);
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
    std::unique_ptr<DnsUpstream> m_upstream;
    std::unique_ptr<DnsService> m_names;
    std::unique_ptr<DnsStreamServer> m_nameStreams;
    UdpRelay m_udp;
    TcpForwarder m_tcp;
    std::unique_ptr<SlirpStack> m_stack;
    std::unique_ptr<FrameSwitch> m_switch;

    int m_wakeDescriptor = -1;
    std::mutex m_mailboxMutex; ///< guards the two below
    std::vector<Handover> m_mailbox;
    bool m_stopping = false;
    std::atomic<bool> m_hasMail{false}; ///< a hint, read between frames
    bool m_hasFramesLeft = false; ///< in the decoder: the last turn broke off for the mailbox
    std::atomic<bool> m_attached{true};
    int64_t m_lastTick = 0; ///< Unix s
    std::thread m_thread;
};

} // namespace boxgate::net
