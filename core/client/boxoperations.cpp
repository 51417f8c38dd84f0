#include "core/client/boxoperations.h"

#include "core/base/filelock.h"
#include "core/base/lockholder.h"
#include "core/image/imagelibrary.h"
#include "core/machine/hostcapabilities.h"
#include "core/model/boxname.h"

#include <QCoroTimer>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QStorageInfo>

#include <cerrno>
#include <sys/stat.h>

namespace boxgate {

namespace {

using namespace std::chrono_literals;

/// Between two looks at a lock that is about to be dropped, or at a socket that is about to appear.
constexpr auto LookAgain = 5ms;
/// From the exit record to the runner's end, and from the lock to its socket.
constexpr qint64 SettleLimitMilliseconds = 5000;
constexpr auto KillLimit = 5s;

QString directoryIsGone(const QString &name)
{
    return QStringLiteral("The directory of box %1 was removed, and its disk with it: remove the box with "
                          "'boxgate rm %1'")
        .arg(name);
}

Error notRunning(const QString &name)
{
    return {ErrorCode::Conflict,
            QStringLiteral("Box %1 is not running: 'boxgate start %1' starts it").arg(name),
            {}};
}

} // namespace

BoxOperations::BoxOperations(const Paths &paths, BoxStore *store)
    : m_paths(paths)
    , m_store(store)
    , m_directory(paths, store)
    , m_launcher(paths)
{ }

Result<void> BoxOperations::checkHost(const BoxSpec &spec) const
{
    const Result<void> inRange = spec.check(hostMemory(), hostCpus());
    BOXGATE_TRY(inRange);
    const Result<ImageInfo> image = ImageLibrary(m_paths).resolve(spec.image);
    BOXGATE_TRY(image);
    for (const Mount &mount : spec.mounts) {
        if (!QFileInfo(mount.hostPath).isDir()) {
            return fail(
                ErrorCode::NotFound,
                QStringLiteral("There is no folder %1 to mount at %2").arg(mount.hostPath, mount.guestPath));
        }
    }
    const QStorageInfo storage(m_paths.dataDirectory());
    if (storage.isValid() && Bytes(quint64(storage.bytesAvailable())) < MinFreeDisk) {
        return fail(
            ErrorCode::DiskFull,
            QStringLiteral("Only %1 are left on the disk of %2: free some space or choose another --home")
                .arg(Bytes(quint64(storage.bytesAvailable())).toDisplay(), m_paths.dataDirectory()));
    }
    return {};
}

Result<BoxId> BoxOperations::insert(const BoxSpec &spec)
{
    const BoxId id = BoxId::random();
    const QString directory = m_paths.boxDirectory(id.toString());
    if (::mkdir(QFile::encodeName(directory).constData(), 0700) != 0)
        return fail(
            Error::fromErrno(errno, QStringLiteral("Cannot create the box's directory %1").arg(directory)));
    const Result<void> stored = m_store->insert(id, spec, QDateTime::currentDateTimeUtc());
    if (!stored) {
        QDir(directory).removeRecursively();
        return fail(stored.error());
    }
    return id;
}

Result<QString> BoxOperations::freeName() const
{
    const Result<QList<StoredBox>> boxes = m_store->all();
    BOXGATE_TRY(boxes);
    QStringList taken;
    for (const StoredBox &box : *boxes)
        taken.append(box.spec.name);
    return suggestBoxName(taken);
}

Async<BoxId> BoxOperations::create(BoxSpec spec)
{
    const bool mayChooseName = spec.name.isEmpty();
    if (mayChooseName) {
        const Result<QString> name = freeName();
        BOXGATE_CO_TRY(name);
        spec.name = *name;
    }
    const Result<void> possible = checkHost(spec);
    BOXGATE_CO_TRY(possible);
    Result<BoxId> id = insert(spec);
    // Another client may have taken the suggested name in the meantime.
    for (int attempt = 0; mayChooseName && !id && id.error().code == ErrorCode::AlreadyExists && attempt < 8;
         ++attempt) {
        spec.name = suggestBoxName({spec.name});
        id = insert(spec);
    }
    co_return id;
}

Async<std::shared_ptr<BoxHandle>> BoxOperations::launch(BoxId id, MainCommandStart mainCommand)
{
    const Result<BoxSummary> box = m_directory.find(id);
    BOXGATE_CO_TRY(box);
    const QString name = box->spec.name;
    if (box->hasRunner()) {
        co_return fail(
            ErrorCode::Conflict,
            QStringLiteral("Box %1 is running already: 'boxgate exec %1 COMMAND' runs a command in it")
                .arg(name));
    }
    if (!m_directory.hasFiles(id))
        co_return fail(ErrorCode::NotFound, directoryIsGone(name));
    const Result<qint64> pid = co_await m_launcher.launch(id, mainCommand);
    BOXGATE_CO_TRY(pid);
    const Result<std::shared_ptr<BoxHandle>> opened = co_await BoxHandle::open(m_paths, id);
    if (!opened) {
        // It listened and is gone: its record says more than the connection's end does.
        const Result<void> unlocked = co_await untilUnlocked(id);
        const Result<void> outcome = outcomeOfStart(id, name);
        BOXGATE_CO_TRY(outcome);
        co_return fail(opened.error());
    }
    const std::shared_ptr<BoxHandle> handle = *opened;
    const Result<void> subscribed = co_await handle->subscribe(SampleDelivery::None);
    if (!subscribed && handle->isOpen())
        co_return fail(subscribed.error());
    co_return handle;
}

Async<void> BoxOperations::untilRunning(std::shared_ptr<BoxHandle> handle)
{
    const Result<void> left = co_await handle->untilStarted();
    BOXGATE_CO_TRY(left);
    if (handle->isOpen() && handle->state() && handle->state()->state == BoxState::Running)
        co_return {};
    const Result<BoxSummary> box = m_directory.find(handle->id());
    const Result<void> closed = co_await handle->untilClosed(0ms);
    BOXGATE_CO_TRY(closed);
    const Result<void> unlocked = co_await untilUnlocked(handle->id());
    BOXGATE_CO_TRY(unlocked);
    if (!box)
        co_return {}; // removed itself after its run
    const Result<void> outcome = outcomeOfStart(handle->id(), box->spec.name);
    co_return outcome;
}

Result<void> BoxOperations::outcomeOfStart(const BoxId &id, const QString &name) const
{
    const Result<BoxSummary> box = m_directory.find(id);
    if (!box && box.error().code == ErrorCode::NotFound)
        return {}; // it ran, ended and removed itself
    BOXGATE_TRY(box);
    if (!box->lastExit)
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("Box %1 did not start and left no reason").arg(name));
    const ExitRecord &record = *box->lastExit;
    if (record.isFailure()) {
        const QString context = QStringLiteral("Box %1 did not start").arg(name);
        return fail(ErrorCode::Unavailable, context + QStringLiteral(": ") + record.message,
                    record.consoleTail);
    }
    if (record.kind == ExitRecord::Kind::Requested)
        return fail(ErrorCode::Cancelled, QStringLiteral("Box %1 was stopped while it started").arg(name));
    return {};
}

Async<void> BoxOperations::start(BoxId id)
{
    const Result<std::shared_ptr<BoxHandle>> handle = co_await launch(id, MainCommandStart::AtOnce);
    BOXGATE_CO_TRY(handle);
    const Result<void> running = co_await untilRunning(*handle);
    co_return running;
}

Async<std::shared_ptr<BoxHandle>> BoxOperations::connect(BoxId id)
{
    const Result<BoxSummary> box = m_directory.find(id);
    BOXGATE_CO_TRY(box);
    QElapsedTimer waited;
    waited.start();
    while (true) {
        if (m_directory.liveness(id) == Liveness::NoRunner)
            co_return fail(notRunning(box->spec.name));
        const Result<std::shared_ptr<BoxHandle>> handle = co_await BoxHandle::open(m_paths, id);
        // The runner takes the lock first and listens a moment later; at its end the other way round.
        const bool mayComeYet = !handle && handle.error().code == ErrorCode::NotFound;
        if (!mayComeYet || waited.hasExpired(SettleLimitMilliseconds))
            co_return handle;
        co_await QCoro::sleepFor(LookAgain);
    }
}

Async<void> BoxOperations::untilUnlocked(BoxId id)
{
    QElapsedTimer waited;
    waited.start();
    while (m_directory.liveness(id) == Liveness::HasRunner) {
        if (waited.hasExpired(SettleLimitMilliseconds)) {
            co_return fail(ErrorCode::Timeout,
                           QStringLiteral("The runner of box %1 does not end: see 'boxgate logs --runner'")
                               .arg(id.toString()));
        }
        co_await QCoro::sleepFor(LookAgain);
    }
    co_return {};
}

Async<void> BoxOperations::stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline)
{
    const Result<BoxSummary> box = m_directory.find(id);
    BOXGATE_CO_TRY(box);
    const Result<void> stopped = co_await askToStop(id, mode, deadline);
    if (stopped)
        co_return {};
    if (mode == StopMode::Kill) {
        const Result<void> killed = co_await killRunner(id);
        co_return killed;
    }
    if (stopped.error().code == ErrorCode::Timeout) {
        co_return fail(ErrorCode::Timeout,
                       QStringLiteral("The runner of box %1 does not answer: 'boxgate kill %1' ends it")
                           .arg(box->spec.name),
                       stopped.error().message);
    }
    co_return fail(stopped.error());
}

/// The last resort: one that is frozen or hangs. QEMU goes with it.
Async<void> BoxOperations::killRunner(BoxId id)
{
    const Result<qint64> killed = killLockHolder(m_paths.boxLock(id.toString()));
    // It may have ended by itself in this moment.
    if (!killed && m_directory.liveness(id) == Liveness::HasRunner)
        co_return fail(killed.error());
    const Result<void> unlocked = co_await untilUnlocked(id);
    co_return unlocked;
}

Async<void> BoxOperations::askToStop(BoxId id, StopMode mode, std::chrono::milliseconds deadline)
{
    const Result<std::shared_ptr<BoxHandle>> opened = co_await connect(id);
    if (!opened && opened.error().code == ErrorCode::Conflict)
        co_return {};
    BOXGATE_CO_TRY(opened);
    const std::shared_ptr<BoxHandle> handle = *opened;
    const Result<void> stopped = co_await handle->stop(mode, deadline);
    // Unavailable: it ended by itself before it could answer, which is what was wanted.
    if (!stopped && stopped.error().code != ErrorCode::Unavailable)
        co_return fail(stopped.error());
    const Result<void> unlocked = co_await untilUnlocked(id);
    co_return unlocked;
}

Async<void> BoxOperations::remove(BoxId id, RemoveMode mode)
{
    const Result<BoxSummary> box = m_directory.find(id);
    BOXGATE_CO_TRY(box);
    const QString name = box->spec.name;
    if (box->hasRunner()) {
        if (mode == RemoveMode::OnlyStopped) {
            co_return fail(
                ErrorCode::Conflict,
                QStringLiteral("Box %1 is running: stop it first, or use 'boxgate rm -f %1'").arg(name));
        }
        const Result<void> stopped = co_await stop(id, StopMode::Kill, KillLimit);
        BOXGATE_CO_TRY(stopped);
    }
    const Result<void> removed = removeFiles(id, name);
    BOXGATE_CO_TRY(removed);
    const Result<void> forgotten = m_store->remove(id);
    // A box that was made with auto-remove may have removed itself meanwhile.
    if (!forgotten && !(forgotten.error().code == ErrorCode::NotFound && box->spec.autoRemove))
        co_return fail(forgotten.error());
    co_return {};
}

Result<void> BoxOperations::removeFiles(const BoxId &id, const QString &name)
{
    if (m_directory.hasFiles(id)) {
        // Held to the end: a start in the middle would lose its disk under its feet.
        const Result<FileLock> lock = FileLock::acquire(m_paths.boxLock(id.toString()));
        if (!lock && lock.error().code == ErrorCode::Conflict)
            return fail(ErrorCode::Conflict,
                        QStringLiteral("Box %1 was started meanwhile: it was not removed").arg(name));
        const Result<FileLock> diskLock = FileLock::acquire(m_paths.boxDiskLock(id.toString()));
        if (!diskLock && diskLock.error().code == ErrorCode::Conflict) {
            return fail(
                ErrorCode::Conflict,
                QStringLiteral("The disk of box %1 is being snapshotted, copied or exported: remove it when "
                               "that is done")
                    .arg(name));
        }
        const QString directory = m_paths.boxDirectory(id.toString());
        if (!QDir(directory).removeRecursively() && QFileInfo::exists(directory)) {
            return fail(ErrorCode::Io,
                        QStringLiteral("Cannot remove all files of box %1 in %2: check its permissions")
                            .arg(name, directory));
        }
    }
    for (const QString &socket : {m_paths.controlSocket(id.toString()), m_paths.agentSocket(id.toString()),
                                  m_paths.qmpSocket(id.toString())})
        QFile::remove(socket);
    return {};
}

} // namespace boxgate
