#pragma once

#include "core/guest/agent/accounts.h"
#include "core/guest/agent/descriptor.h"
#include "core/guest/protocol/agentmessages.h"

#include <functional>
#include <optional>
#include <sys/types.h>

namespace boxgate::agent {

/// The agent's ends of a process that was forked. On a terminal, input and output are two descriptors of its
/// master and `error` is closed.
struct Launched
{
    pid_t pid = -1;
    /// Closed when the command wants no input.
    Descriptor input;
    Descriptor output;
    Descriptor error;
    /// Ends empty once the program runs, or with one LaunchFailure.
    Descriptor report;
};

/// What the child writes to the report pipe when it cannot become the program.
struct LaunchFailure
{
    enum Step : std::int32_t
    {
        Terminal,
        Credentials,
        Directory,
        Program
    };

    std::int32_t step = Terminal;
    std::int32_t reason = 0; // errno
};

/// Forks a process that becomes the command: own session, descriptors, terminal, user, directory,
/// environment, in this order. failure  is set when there is no process: the user does not exist, or the
/// guest is out of something
std::optional<Launched> launch(const guest::Exec &exec, guest::ExecFailed &failure);

/// The same for code of the agent's own, as root, in a session of its own, with no descriptor but its
/// standard streams. streams  of which `tty` is false   work  ends the process
std::optional<Launched> launchChild(const guest::Exec &streams, guest::ExecFailed &failure,
                                    const std::function<void()> &work);

/// The message for a failure that the child reported.
guest::ExecFailed explain(const guest::Exec &exec, const LaunchFailure &failure);

/// exec.env and what every program expects: HOME, USER, PATH and, on a terminal, TERM.
std::vector<std::string> completeEnvironment(const guest::Exec &exec, const Identity &identity);

} // namespace boxgate::agent
