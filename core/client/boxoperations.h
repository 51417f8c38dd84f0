#pragma once

#include "core/client/boxdirectory.h"
#include "core/client/boxhandle.h"
#include "core/client/boxservice.h"
#include "core/client/runnerlauncher.h"

#include <functional>

namespace boxgate {

/// A change of a box's network, applied to what is stored.
using NetworkEdit = std::function<Result<void>(NetworkSpec &)>;

/// Puts the files of a new box into a directory.
using BoxFiller = std::function<Async<void>(const QString &directory)>;

/// What can be done with boxes, each as one coroutine that leaves nothing half done. The desktop and the CLI
/// both work through it, so they cannot differ.
///
/// Thread: the main thread. Lifetime: the store outlives it, and it outlives its coroutines. Any number of
/// clients may work at once: the store's transactions and the box's lock settle who wins.
class BoxOperations
{
public:
    BoxOperations(const Paths &paths, BoxStore *store);

    const BoxDirectory &directory() const { return m_directory; }

    /// Checks the specification against this host, makes the box's directory and stores the box. An empty
    /// name is replaced by a suggested one. Errors   InvalidArgument: what is out of range; AlreadyExists:
    /// the name; NotFound: the image or a volume's folder;
    ///          DiskFull: less than MinFreeDisk is left
    Async<BoxId> create(BoxSpec spec);

    /// What a box of this specification runs; empty: it stays up, idle.
    /// Errors   those of ImageLibrary::resolve()
    Result<QStringList> mainCommand(const BoxSpec &spec) const;

    /// Makes a box whose directory somebody else fills: a clone or an import. The image need not be there,
    /// and what is of this host is not checked: that is said at its start. Nothing is left when it fails, and
    /// what a process that died has left is removed by the next call. spec     an empty name is replaced by a
    /// suggested one fill     gets the directory that becomes the box's
    Async<BoxId> adopt(BoxSpec spec, BoxFiller fill);

    /// Starts the runner and subscribes to it. The box is Starting then.
    /// Errors   Conflict: it has a runner; NotFound: the box or its directory; the launcher's
    Async<std::shared_ptr<BoxHandle>> launch(BoxId id, MainCommandStart mainCommand);

    /// Ends when the launched box takes commands, or its main command has ended already.
    /// Errors   why it did not start, with the stage; detail: the console's last lines
    Async<void> untilRunning(std::shared_ptr<BoxHandle> handle);

    /// launch() and untilRunning().
    Async<void> start(BoxId id);

    /// Ends when the box has no runner; at once when it has none. With StopMode::Kill a runner that does not
    /// answer is killed itself, and QEMU with it.
    /// Errors   Timeout: the runner does not answer; Kill is the next step then
    Async<void> stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline);

    /// Errors   Conflict: it runs and mode is OnlyStopped
    Async<void> remove(BoxId id, RemoveMode mode);

    /// Changes the network: reads, edits, checks and stores it in one transaction, so that two clients at
    /// once lose nothing, then applies it when the box runs. To switch off is never refused because of the
    /// rules that are stored already.
    /// edit     may be called several times, each time on what is stored then; its error ends the change
    /// Returns  what is stored
    /// Errors   those of edit; InvalidArgument: what NetworkSpec::check() refuses. When the running box
    /// refuses, nothing stays stored: Conflict: a port is taken, or what it would need is fixed while it
    /// runs. One case stays stored and holds from the next start: Conflict, detail NetworkRefusal::NextStart:
    /// the box was booted without an interface
    Async<NetworkSpec> changeNetwork(BoxId id, NetworkEdit edit, ExistingFlows existing);

    /// changeNetwork() to a whole specification; flows that exist are kept.
    Async<void> setNetwork(BoxId id, NetworkSpec network);

    /// What passed per minute and destination, oldest first, from the box's history file, whether it runs or
    /// not; the 100,000 latest. Empty: there is none.
    /// Errors   NotFound: no such box; Corrupt, Denied, Io: the file
    Async<QList<NetMinute>> trafficHistory(BoxId id, QDateTime since);

    /// A connection to the box's runner; waits for one that is just starting to listen.
    /// Errors   Conflict: the box does not run
    Async<std::shared_ptr<BoxHandle>> connect(BoxId id);

    /// Ends when nobody holds the box's lock.
    /// Errors   Timeout
    Async<void> untilUnlocked(BoxId id);

    /// Below this a new box's overlay could not even take its first writes.
    static constexpr Bytes MinFreeDisk = Bytes::fromMebi(64);

private:
    Result<BoxId> insert(const BoxSpec &spec);
    Result<QString> freeName() const;
    Result<void> checkHost(const BoxSpec &spec) const;
    Result<void> outcomeOfStart(const BoxId &id, const QString &name) const;
    Result<void> removeFiles(const BoxId &id, const QString &name);
    Async<void> askToStop(BoxId id, StopMode mode, std::chrono::milliseconds deadline);
    Async<void> killRunner(BoxId id);
    struct NetworkChange
    {
        NetworkSpec before;
        StoredBox after;
    };
    Result<NetworkChange> storeNetwork(const BoxId &id, const NetworkEdit &edit);
    Async<NetworkSpec> applyNetwork(std::shared_ptr<BoxHandle> handle, StoredBox stored,
                                    ExistingFlows existing);
    Async<NetworkSpec> takeBack(std::shared_ptr<BoxHandle> handle, NetworkSpec refused);

    Paths m_paths;
    BoxStore *m_store;
    BoxDirectory m_directory;
    RunnerLauncher m_launcher;
};

} // namespace boxgate
