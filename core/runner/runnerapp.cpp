#include "core/runner/runnerapp.h"

#include "core/runner/diskpreparation.h"
#include "core/store/boxstore.h"

#include <QDir>
#include <QJsonDocument>
#include <QLoggingCategory>

#ifndef BOXGATE_VERSION
#error "core/runner/CMakeLists.txt defines the version"
#endif

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logRunner, "boxgate.runner")

constexpr std::chrono::milliseconds SignalDeadline{10'000};
/// For clients to take their last answers.
constexpr std::chrono::milliseconds DrainLimit{1000};

} // namespace

QByteArray startReport(const Result<void> &outcome)
{
    QJsonObject report{{QStringLiteral("ready"), true}};
    if (!outcome) {
        report = {{QStringLiteral("error"),
                   QJsonObject{{QStringLiteral("code"), toString(outcome.error().code)},
                               {QStringLiteral("message"), outcome.error().message},
                               {QStringLiteral("detail"), outcome.error().detail}}}};
    }
    return QJsonDocument(report).toJson(QJsonDocument::Compact) + '\n';
}

RunnerApp::RunnerApp(const RunnerOptions &options, QObject *parent)
    : QObject(parent)
    , m_options(options)
{
    connect(&m_signals, &UnixSignals::received, this, &RunnerApp::onSignal);
}

RunnerApp::~RunnerApp() = default;

Result<void> RunnerApp::open()
{
    const Result<Paths> paths = Paths::locate(m_options.home);
    BOXGATE_TRY(paths);
    const Result<BoxId> id = BoxId::parse(m_options.box);
    BOXGATE_TRY(id);
    const Result<void> prepared = paths->prepare();
    BOXGATE_TRY(prepared);
    const Result<std::unique_ptr<BoxStore>> store = BoxStore::open(paths->database());
    BOXGATE_TRY(store);
    const Result<StoredBox> box = (*store)->find(*id);
    BOXGATE_TRY(box);
    m_context = RunContext{*paths, *id, box->spec, m_options.mainStart};
    const Result<void> taken = takeBox();
    BOXGATE_TRY(taken);
    // Once more under the lock: a client that changed it and saw no runner relies on this one to read it.
    const Result<StoredBox> present = (*store)->find(*id);
    BOXGATE_TRY(present);
    m_context->spec = present->spec;
    return listen();
}

Result<void> RunnerApp::takeBox()
{
    const QString id = m_context->id.toString();
    const QString name = m_context->spec.name;
    const QString directory = m_context->paths.boxDirectory(id);
    if (!QFileInfo(directory).isDir()) {
        if (!QDir().mkdir(directory,
                          QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner))
            return fail(ErrorCode::Io,
                        QStringLiteral("Cannot create the directory %1 of box %2").arg(directory, name));
        qCInfo(logRunner) << "box" << name << "had no directory:" << directory << "was made";
    }
    Result<FileLock> lock = FileLock::acquire(m_context->paths.boxLock(id));
    if (!lock && lock.error().code == ErrorCode::Conflict)
        return fail(ErrorCode::Conflict, QStringLiteral("Box %1 is already running").arg(name));
    BOXGATE_TRY(lock);
    m_lock = std::move(*lock);
    Result<FileLock> diskLock = FileLock::acquire(m_context->paths.boxDiskLock(id));
    if (!diskLock && diskLock.error().code == ErrorCode::Conflict) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("The disk of box %1 is being snapshotted, copied or exported: start it when that "
                           "is done")
                .arg(name));
    }
    BOXGATE_TRY(diskLock);
    m_diskLock = std::move(*diskLock);

    const DiskStatus disk = diskStatus(m_context->paths, m_context->id);
    if (disk == DiskStatus::Lost) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral(
                        "The disk of box %1 is gone: %2 was removed. 'boxgate rm %1' removes the rest of it")
                        .arg(name, m_context->paths.boxDisk(id)));
    }
    return {};
}

Result<void> RunnerApp::listen()
{
    const QString id = m_context->id.toString();
    const ControlHello hello{.version = QStringLiteral(BOXGATE_VERSION), .id = id};
    m_server = std::make_unique<ControlServer>(hello);
    const Result<void> listening = m_server->listen(m_context->paths.controlSocket(id));
    BOXGATE_TRY(listening);
    m_run = std::make_unique<BoxRun>(*m_context);
    m_desk = std::make_unique<ControlDesk>(*m_server, *m_run);
    m_recorder = std::make_unique<ExitRecorder>(m_context->paths.boxExitRecord(id));
    const bool hasDisk = diskStatus(m_context->paths, m_context->id) == DiskStatus::Present;
    const ExitRecorder::Disk disk = hasDisk ? ExitRecorder::Disk::Present : ExitRecorder::Disk::Missing;
    return m_recorder->begin(QDateTime::currentDateTimeUtc(), disk);
}

QCoro::Task<void> RunnerApp::run()
{
    connect(m_run.get(), &BoxRun::diskReady, this, [this] { m_recorder->diskMade(); });
    const PendingReply<bool> over;
    connect(m_run.get(), &BoxRun::ended, this, [over] { over.deliver(true); });
    watchLock();
    m_run->begin();
    const Result<bool> ended = co_await over;
    Q_ASSERT(ended);
    conclude();
    co_await m_run->shutdown();
    co_await m_desk->shutdown();
    co_await m_server->drain(DrainLimit);
    m_server->close();
}

void RunnerApp::onSignal()
{
    if (!m_run)
        return;
    StopParams params;
    params.deadline = SignalDeadline;
    if (m_run->runState() == RunState::Stopping)
        params.mode = StopParams::Mode::Kill;
    m_run->stop(params);
}

void RunnerApp::watchLock()
{
    const QString path = m_context->paths.boxLock(m_context->id.toString());
    const auto look = [this] {
        if (!m_lock.isRemoved())
            return;
        qCWarning(logRunner) << "box" << m_context->spec.name << "is killed: its lock was removed";
        StopParams params;
        params.mode = StopParams::Mode::Kill;
        m_run->stop(params);
    };
    connect(&m_files, &QFileSystemWatcher::fileChanged, this, look);
    m_files.addPath(path);
    look(); // it may have gone before it was watched
}

void RunnerApp::conclude()
{
    m_files.disconnect();
    const ExitRecord record = m_run->record();
    m_recorder->finish(record);
    // One that never ran keeps its reason for whoever started it, however late that one asks.
    if (m_context->spec.autoRemove && record.kind != ExitRecord::Kind::StartFailed)
        removeBox();
    m_desk->finish();
}

/// The row first: a directory without a row is litter, a row without a directory a lie.
void RunnerApp::removeBox()
{
    const Result<std::unique_ptr<BoxStore>> store = BoxStore::open(m_context->paths.database());
    const Result<void> removed = store ? (*store)->remove(m_context->id) : fail(store.error());
    if (!removed && removed.error().code != ErrorCode::NotFound) {
        qCWarning(logRunner) << "the box is not removed:" << removed.error();
        return;
    }
    const QString directory = m_context->paths.boxDirectory(m_context->id.toString());
    if (!QDir(directory).removeRecursively())
        qCWarning(logRunner) << "cannot remove all of" << directory;
}

} // namespace boxgate
