#pragma once

#include "core/base/result.h"

#include <QString>
#include <QStringList>

namespace boxgate {

/// A process that outlives the one that starts it: in a session of its own, reparented, with no terminal.
/// Used for runners, which must survive the desktop and the CLI.
///
/// The child gets /dev/null as standard input, logFile (appended) as standard output and error, and the write
/// end of a pipe as descriptor 3. It writes its start-up report there and closes it. The end of the pipe
/// without a report means that it died.
struct DetachedProcess
{
    qint64 pid = 0;
    /// Read end of the start-up pipe, close-on-exec and non-blocking; the caller closes it.
    int reportDescriptor = -1;

    static constexpr int ReportDescriptor = 3;

    /// Ends it at once. Only while its start-up pipe is open without a report: that is what shows that the
    /// process id is still its own.
    void kill() const;

    /// Errors   NotFound, Denied: the program cannot be executed; Io: no process or descriptor left
    static Result<DetachedProcess> start(const QString &program, const QStringList &arguments,
                                         const QString &logFile);
};

} // namespace boxgate
