#pragma once

#include "core/base/filelock.h"
#include "core/control/controlserver.h"
#include "core/runner/boxrun.h"
#include "core/runner/controldesk.h"
#include "core/runner/exitrecorder.h"
#include "core/runner/unixsignals.h"

#include <QFileSystemWatcher>

namespace boxgate {

/// What the runner was called with.
struct RunnerOptions
{
    QString home; ///< empty: as Paths::locate() finds it
    QString box; ///< the id
    RunContext::MainStart mainStart = RunContext::MainStart::AtOnce;
};

/// The runner program: owns one box's lock from open() to its end, and everything about its run.
///
///     open()   takes the lock, reads the specification, listens. A failure leaves nothing behind.
///     run()    boots, serves, and ends when the box has: record written, box removed if that is its wish,
///     clients told.
/// Thread: the main thread. Invariants: the record is written before the lock drops; a box whose lock is
/// removed from the disk is killed, for nobody could see any more that it runs.
class RunnerApp : public QObject
{
    Q_OBJECT

public:
    explicit RunnerApp(const RunnerOptions &options, QObject *parent = nullptr);
    ~RunnerApp() override;

    /// Errors   NotFound: no such box, or its disk is lost; Conflict: it is running already; InvalidArgument;
    /// Denied; DiskFull;
    ///          those of the store
    Result<void> open();
    QCoro::Task<void> run();

private:
    Result<void> takeBox();
    Result<void> listen();
    void onSignal();
    void watchLock();
    void conclude();
    void removeBox();

    const RunnerOptions m_options;
    std::optional<RunContext> m_context; ///< once the specification is read
    FileLock m_lock;
    FileLock m_diskLock;
    std::unique_ptr<ExitRecorder> m_recorder;
    std::unique_ptr<ControlServer> m_server;
    std::unique_ptr<BoxRun> m_run;
    std::unique_ptr<ControlDesk> m_desk;
    UnixSignals m_signals;
    QFileSystemWatcher m_files;
};

/// The start-up report: one line of JSON that tells the process which started this runner how open() went.
/// outcome   of open()
QByteArray startReport(const Result<void> &outcome);

} // namespace boxgate
