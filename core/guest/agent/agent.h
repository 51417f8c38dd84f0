#pragma once

#include "core/guest/agent/commandtable.h"
#include "core/guest/agent/mounts.h"

namespace boxgate::agent {

/// The guest's first process: takes the host's frames and does what they ask. One thread; lives until the
/// guest powers off.
class Agent
{
public:
    Agent();

    /// Returns when the guest is to power off; everything is settled then.
    void run();

private:
    enum class State
    {
        Greeting, // Hello is sent, waiting for the first Configure
        Serving, // Ready is sent
        Terminating, // the box's own command was asked to end; everything else still runs
        Stopping, // SIGTERM is sent to all
        Killing, // SIGKILL is sent to all
        Done
    };

    void greet();
    void watchChildren();
    void onFrame(const guest::Frame &frame);
    bool handleGuestFrame(const guest::Frame &frame);
    bool handleStreamFrame(const guest::Frame &frame);
    bool startCommand(const guest::Frame &frame);
    bool startCopy(const guest::Frame &frame);
    bool mayStart(const guest::Frame &frame);
    void configure(const guest::Configure &configure);
    Problem applyConfiguration(const guest::Configure &configure, guest::Ready &ready, std::string &stage);
    void fail(const std::string &stage, const std::string &message);
    void onClosed(HostChannel::Closing reason);
    void onChildrenEnded();
    void settle();

    void beginShutdown(std::chrono::milliseconds grace);
    void stopAll();
    void killAll();
    void finish();

    EventLoop m_loop;
    HostChannel m_host{m_loop};
    CommandTable m_commands{m_loop, m_host};
    Volumes m_volumes;
    Descriptor m_children;
    EventLoop::TimerId m_shutdownTimer = 0;
    EventLoop::TimerId m_settleTimer = 0;
    std::chrono::milliseconds m_grace{0};
    std::chrono::nanoseconds m_settleEnd{0};
    State m_state = State::Greeting;
    bool m_rootIsMounted = false;
};

} // namespace boxgate::agent
