#pragma once

#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/model/boxid.h"

namespace boxgate {

/// When a box's main command is started.
enum class MainCommandStart
{
    AtOnce,
    AfterAttach ///< once somebody is attached, so that no byte of its output is missed
};

/// Starts the runner of a box as a process of its own that outlives this one.
///
/// Thread: the main thread. Two starts at once are settled by the box's lock: the second runner reports
/// Conflict.
class RunnerLauncher
{
public:
    explicit RunnerLauncher(const Paths &paths)
        : m_paths(paths)
    { }

    /// The program: BOXGATE_RUNNER, else boxgate-runner beside this program.
    static QString program();

    /// Starts the runner and waits until it listens on its control socket; it has not booted anything yet.
    /// Returns  the runner's process id
    /// Errors   Conflict: the box has a runner already; NotFound, Denied: the program cannot be executed;
    ///          Timeout: no report in ReportLimit; Unavailable: it died before it could report; what it
    ///          reported
    Async<qint64> launch(BoxId id, MainCommandStart mainCommand) const;

    /// Until its report a runner only opens files. Ten seconds is what a busy disk may need.
    static constexpr std::chrono::seconds ReportLimit{10};

private:
    Paths m_paths;
};

/// Reads a runner's report: {"ready": true} or {"error": {...}}. Pure.
/// Errors   the reported one; Unavailable: no line, the runner died; Protocol: the line makes no sense
Result<void> parseRunnerReport(const QByteArray &report);

} // namespace boxgate
