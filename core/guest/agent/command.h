#pragma once

#include "core/guest/agent/inputpipe.h"
#include "core/guest/agent/launch.h"
#include "core/guest/agent/outputpipe.h"

#include <memory>
#include <optional>

namespace boxgate::agent {

/// One command that the host asked for, from its fork to its last frame.
///
/// Ends (onEnd) when the process was reaped and its outputs are through; see OutputGrace for outputs that
/// outlive it. Owned by the CommandTable, which destroys it later, from the loop, so that no method here
/// needs to survive its own object.
class Command
{
public:
    Command(EventLoop &loop, HostChannel &host, std::uint32_t stream, guest::Exec exec, Launched launched,
            std::function<void()> onEnd);
    ~Command();

    pid_t pid() const { return m_pid; }
    bool isMain() const { return m_exec.isMain; }
    int stopSignal() const;
    bool isRunning() const { return !m_status; }

    /// These return false on a protocol error of the host's.
    bool takeInput(const guest::Data &data);
    bool refill(const guest::Credit &credit);

    void finishInput() { m_input.finish(); }
    void signal(int number);
    void resize(const guest::Resize &size);
    void hangUp();
    /// The process has ended with this status of waitpid().
    void reaped(int status);
    /// The host channel takes data again.
    void resume();

private:
    void readReport();
    void outputEnded();
    void kill(int number);
    void maybeEnd();

    EventLoop &m_loop;
    HostChannel &m_host;
    std::uint32_t m_stream;
    guest::Exec m_exec;
    pid_t m_pid;
    Descriptor m_report;
    EventLoop::WatchId m_reportWatch = 0;
    EventLoop::TimerId m_timeout = 0;
    EventLoop::TimerId m_hangup = 0;
    EventLoop::TimerId m_grace = 0;
    int m_terminal = -1; // the output's descriptor, while it is open
    InputPipe m_input;
    std::unique_ptr<OutputPipe> m_output;
    std::unique_ptr<OutputPipe> m_error; // none on a terminal
    std::optional<int> m_status;
    std::optional<LaunchFailure> m_failure;
    std::vector<int> m_earlySignals;
    bool m_timedOut = false;
    bool m_ended = false;
    std::function<void()> m_onEnd;
};

} // namespace boxgate::agent
