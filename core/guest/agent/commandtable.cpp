#include "core/guest/agent/commandtable.h"

#include "core/guest/agent/copier.h"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>

namespace boxgate::agent {

CommandTable::CommandTable(EventLoop &loop, HostChannel &host)
    : m_loop(loop)
    , m_host(host)
{ }

void CommandTable::start(std::uint32_t stream, guest::Exec exec)
{
    const auto launchIt = [&exec](guest::ExecFailed &failure) { return launch(exec, failure); };
    start(stream, exec, launchIt);
}

void CommandTable::start(std::uint32_t stream, const guest::Copy &copy)
{
    start(stream, guest::Exec(), [&copy](guest::ExecFailed &failure) { return launchCopy(copy, failure); });
}

void CommandTable::start(std::uint32_t stream, guest::Exec exec, const Launch &launch)
{
    using Reason = guest::ExecFailed::Reason;
    if (m_commands.size() >= guest::MaxStreams) {
        m_host.send(stream, guest::ExecFailed{Reason::TooMany, "too many commands run at once"});
        return;
    }
    guest::ExecFailed failure;
    std::optional<Launched> launched = launch(failure);
    if (!launched) {
        m_host.send(stream, failure);
        return;
    }
    m_streams[launched->pid] = stream;
    m_commands[stream] = std::make_unique<Command>(m_loop, m_host, stream, std::move(exec),
                                                   std::move(*launched), [this, stream] { remove(stream); });
}

Command *CommandTable::find(std::uint32_t stream)
{
    const auto found = m_commands.find(stream);
    return found == m_commands.end() ? nullptr : found->second.get();
}

/// Its own methods are below on the stack, so the command itself goes from the loop; its stream is free at
/// once.
void CommandTable::remove(std::uint32_t stream)
{
    auto node = m_commands.extract(stream);
    m_loop.after(std::chrono::milliseconds(0),
                 [gone = std::shared_ptr<Command>(std::move(node.mapped()))] {});
}

bool CommandTable::reap()
{
    for (;;) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0)
            return true;
        if (pid < 0)
            return errno != ECHILD;
        const auto owner = m_streams.find(pid);
        if (owner == m_streams.end())
            continue; // an orphan
        Command *command = find(owner->second);
        m_streams.erase(owner);
        if (command)
            command->reaped(status);
    }
}

void CommandTable::resumeOutputs()
{
    // One after the other from where it stopped last time. resume() only arms watches; nothing is written
    // here.
    const auto first = m_commands.lower_bound(m_nextToResume);
    for (auto it = first; it != m_commands.end(); ++it)
        it->second->resume();
    for (auto it = m_commands.begin(); it != first; ++it)
        it->second->resume();
    const auto next = m_commands.upper_bound(m_nextToResume);
    m_nextToResume = next == m_commands.end() ? 0 : next->first;
}

bool CommandTable::terminateMain()
{
    for (const auto &[stream, command] : m_commands) {
        if (command->isMain() && command->isRunning()) {
            command->signal(command->stopSignal());
            return true;
        }
    }
    return false;
}

} // namespace boxgate::agent
