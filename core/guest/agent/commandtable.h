#pragma once

#include "core/guest/agent/command.h"

#include <map>

namespace boxgate::agent {

/// All commands of the guest, by stream; and PID 1's duty to reap whatever ends.
class CommandTable
{
public:
    CommandTable(EventLoop &loop, HostChannel &host);

    void start(std::uint32_t stream, guest::Exec exec);
    void start(std::uint32_t stream, const guest::Copy &copy);
    /// nullptr when the stream has ended, or never was.
    Command *find(std::uint32_t stream);
    bool isEmpty() const { return m_commands.empty(); }

    /// Reaps all that has ended. Returns false when the guest has no process left but the agent.
    bool reap();
    void resumeOutputs();
    /// The stop signal to the box's own command. Returns false when none runs.
    bool terminateMain();

private:
    using Launch = std::function<std::optional<Launched>(guest::ExecFailed &failure)>;

    void start(std::uint32_t stream, guest::Exec exec, const Launch &launch);
    void remove(std::uint32_t stream);

    EventLoop &m_loop;
    HostChannel &m_host;
    std::map<std::uint32_t, std::unique_ptr<Command>> m_commands;
    std::map<pid_t, std::uint32_t> m_streams;
    /// Who goes first when the channel takes data again; it moves on, so that all get their turn.
    std::uint32_t m_nextToResume = 0;
};

} // namespace boxgate::agent
