#include "core/guest/agent/agent.h"

#include "core/guest/agent/clock.h"
#include "core/guest/agent/network.h"
#include "core/guest/agent/usage.h"

#include <csignal>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>

#ifndef BOXGATE_VERSION
#define BOXGATE_VERSION "unknown"
#endif

namespace boxgate::agent {

namespace {

using namespace std::chrono_literals;

constexpr auto PortLimit = 5s;
/// A guest nobody talks to has lost its owner.
constexpr auto ConnectLimit = 60s;

/// Decodes a payload and hands it to a function. Returns false when it is malformed.
template <typename Message, typename Handle> bool decoded(const guest::Frame &frame, Handle handle)
{
    const std::optional<Message> message = Message::decode(frame.payload);
    if (message)
        handle(*message);
    return message.has_value();
}

} // namespace

Agent::Agent() = default;

void Agent::run()
{
    mountEarly();
    if (!m_host.open(PortLimit) || !m_host.connect(ConnectLimit)) {
        dprintf(2, "agent: no host on port %s\n", guest::PortName);
        return;
    }
    greet();
    watchChildren();
    m_host.start([this](const guest::Frame &frame) { onFrame(frame); },
                 [this](HostChannel::Closing reason) { onClosed(reason); },
                 [this] { m_commands.resumeOutputs(); });
    m_loop.run();
    m_volumes.unmountAll();
    if (m_rootIsMounted)
        settleRoot();
    m_host.flush(500ms);
}

void Agent::greet()
{
    utsname system{};
    uname(&system);
    guest::Hello hello;
    hello.agentVersion = BOXGATE_VERSION;
    hello.kernelRelease = system.release;
    hello.sinceBoot = sinceBoot();
    m_host.send(0, hello);
}

void Agent::watchChildren()
{
    sigset_t ended;
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended, nullptr);
    m_children = Descriptor(signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK));
    m_loop.watch(m_children.value(), EPOLLIN, [this](std::uint32_t) {
        signalfd_siginfo info[8];
        while (read(m_children.value(), info, sizeof info) > 0) { }
        if (!m_commands.reap())
            onChildrenEnded();
    });
}

void Agent::onFrame(const guest::Frame &frame)
{
    const bool understood = frame.stream == 0 ? handleGuestFrame(frame) : handleStreamFrame(frame);
    if (!understood)
        onClosed(HostChannel::Closing::Malformed);
}

/// Returns false for what breaks the protocol, as do the two below.
bool Agent::handleGuestFrame(const guest::Frame &frame)
{
    using guest::FrameType;
    switch (frame.type) {
    case FrameType::Configure:
        return decoded<guest::Configure>(frame,
                                         [this](const guest::Configure &message) { configure(message); });
    case FrameType::UsageRequest:
        return decoded<guest::UsageRequest>(frame, [this](const auto &) { m_host.send(0, measureUsage()); });
    case FrameType::SetClock:
        return decoded<guest::SetClock>(frame,
                                        [](const guest::SetClock &message) { setClock(message.unixTime); });
    case FrameType::Shutdown:
        return decoded<guest::Shutdown>(
            frame, [this](const guest::Shutdown &message) { beginShutdown(message.grace); });
    default:
        return false;
    }
}

bool Agent::handleStreamFrame(const guest::Frame &frame)
{
    using guest::FrameType;
    if (frame.type == FrameType::Exec)
        return startCommand(frame);
    if (frame.type == FrameType::Copy)
        return startCopy(frame);
    Command *command = m_commands.find(frame.stream);
    if (!command)
        return isSentBy(frame.type, guest::Sender::Host); // it crossed with the stream's end
    bool allowed = true;
    switch (frame.type) {
    case FrameType::Data:
        return decoded<guest::Data>(frame,
                                    [&](const guest::Data &data) { allowed = command->takeInput(data); })
            && allowed;
    case FrameType::Credit:
        return decoded<guest::Credit>(frame,
                                      [&](const guest::Credit &credit) { allowed = command->refill(credit); })
            && allowed;
    case FrameType::Eof:
        return decoded<guest::Eof>(frame, [&](const guest::Eof &) { command->finishInput(); });
    case FrameType::Signal:
        return decoded<guest::Signal>(frame,
                                      [&](const guest::Signal &signal) { command->signal(signal.number); });
    case FrameType::Resize:
        return decoded<guest::Resize>(frame, [&](const guest::Resize &size) { command->resize(size); });
    case FrameType::Hangup:
        return decoded<guest::Hangup>(frame, [&](const guest::Hangup &) { command->hangUp(); });
    default:
        return false;
    }
}

bool Agent::startCommand(const guest::Frame &frame)
{
    std::optional<guest::Exec> exec = guest::Exec::decode(frame.payload);
    if (!exec || m_state == State::Greeting || m_commands.find(frame.stream))
        return false;
    if (mayStart(frame))
        m_commands.start(frame.stream, std::move(*exec));
    return true;
}

bool Agent::startCopy(const guest::Frame &frame)
{
    const std::optional<guest::Copy> copy = guest::Copy::decode(frame.payload);
    if (!copy || m_state == State::Greeting || m_commands.find(frame.stream))
        return false;
    if (mayStart(frame))
        m_commands.start(frame.stream, *copy);
    return true;
}

/// Answers when not.
bool Agent::mayStart(const guest::Frame &frame)
{
    if (m_state == State::Serving)
        return true;
    m_host.send(frame.stream,
                guest::ExecFailed{guest::ExecFailed::Reason::Internal, "the box is shutting down"});
    return false;
}

void Agent::configure(const guest::Configure &configuration)
{
    if (m_state != State::Greeting && m_state != State::Serving)
        return;
    guest::Ready ready;
    std::string stage;
    const Problem problem = applyConfiguration(configuration, ready, stage);
    if (!problem.empty())
        return fail(stage, problem);
    m_state = State::Serving;
    m_host.send(0, ready);
}

Problem Agent::applyConfiguration(const guest::Configure &configuration, guest::Ready &ready,
                                  std::string &stage)
{
    auto last = sinceBoot();
    const auto timed = [&](const char *name, Problem problem) {
        const auto now = sinceBoot();
        ready.stages.push_back({name, now - last});
        last = now;
        stage = name;
        return problem;
    };
    setClock(configuration.unixTime);
    addEntropy(configuration.seed);
    timed("clock", {});
    if (!m_rootIsMounted) {
        if (Problem problem = timed("root", switchToRoot(configuration.rootDevice)); !problem.empty())
            return problem;
        m_rootIsMounted = true;
        if (configuration.growRoot) {
            // A box whose disk cannot grow still works, in less room.
            const Problem problem = timed("grow", growRoot(configuration.rootDevice));
            if (!problem.empty())
                m_host.send(0, guest::Log{problem});
        }
    }
    if (Problem problem = timed("volumes", m_volumes.mountMissing(configuration.mounts)); !problem.empty())
        return problem;
    if (Problem problem = timed("network", configureNetwork(configuration.network)); !problem.empty())
        return problem;
    if (const Problem problem = timed("names", configureNames(configuration)); !problem.empty())
        m_host.send(0, guest::Log{problem});
    return {};
}

void Agent::fail(const std::string &stage, const std::string &message)
{
    dprintf(2, "agent: %s: %s\n", stage.c_str(), message.c_str());
    m_host.send(0, guest::Failed{stage, message});
    m_host.stopReading();
    beginShutdown(0ms);
}

void Agent::onClosed(HostChannel::Closing reason)
{
    if (reason == HostChannel::Closing::Malformed)
        return fail("protocol", "the host has sent something that the agent does not understand");
    beginShutdown(1s);
}

void Agent::beginShutdown(std::chrono::milliseconds grace)
{
    if (m_state != State::Greeting && m_state != State::Serving)
        return;
    m_grace = grace;
    m_host.send(0, guest::ShuttingDown{});
    m_state = State::Terminating;
    if (m_commands.reap() && grace > 0ms && m_commands.terminateMain())
        m_shutdownTimer = m_loop.after(grace / 2, [this] { stopAll(); });
    else
        stopAll();
}

void Agent::stopAll()
{
    m_loop.cancel(m_shutdownTimer);
    m_state = State::Stopping;
    ::kill(-1, SIGTERM);
    ::kill(-1, SIGHUP); // an interactive shell ignores the other
    ::kill(-1, SIGCONT);
    m_shutdownTimer = m_loop.after(m_grace / 2, [this] { killAll(); });
    if (!m_commands.reap())
        onChildrenEnded();
}

void Agent::killAll()
{
    m_state = State::Killing;
    ::kill(-1, SIGKILL);
    // What even SIGKILL does not end hangs in the kernel, on a volume perhaps.
    m_shutdownTimer = m_loop.after(2s, [this] { finish(); });
    if (!m_commands.reap())
        onChildrenEnded();
}

/// No process is left. What the commands have written is still on its way to the host, and is waited for a
/// little.
void Agent::onChildrenEnded()
{
    if (m_state == State::Terminating)
        m_state = State::Stopping;
    if (m_state != State::Stopping && m_state != State::Killing)
        return;
    m_loop.cancel(m_shutdownTimer);
    m_settleEnd = sinceBoot() + 1s;
    settle();
}

void Agent::settle()
{
    if (m_commands.isEmpty() || sinceBoot() > m_settleEnd)
        return finish();
    m_loop.cancel(m_settleTimer);
    m_settleTimer = m_loop.after(5ms, [this] { settle(); });
}

void Agent::finish()
{
    m_state = State::Done;
    m_loop.stop();
}

} // namespace boxgate::agent
