#pragma once

#include "core/base/filelock.h"
#include "core/client/boxoperations.h"
#include "core/store/snapshotlist.h"

namespace boxgate {

struct SnapshotSummary
{
    Snapshot snapshot;
    Bytes
        size; ///< of the layer on this host's disk: what was written between this snapshot and the one before
};

/// What can be done with the disks of boxes that do not run.
///
/// A snapshot is the box's disk file under another name: the guest's next writes go into a new, empty file
/// over it. Creating and restoring are one rename each, so an end at any moment leaves the one or the other.
/// A clone has the same layers as hard links in its own directory; neither box can change or remove what the
/// other sees. Each holds the box's disk lock while it works. Thread: the main thread. Lifetime: operations
/// outlive it.
class BoxDisks
{
public:
    BoxDisks(const Paths &paths, BoxStore *store, BoxOperations *operations);

    // Errors of all: Conflict: the box runs, or its disk is in use, with the next step; NotFound: the box,
    // its disk, the snapshot; DiskFull, Io.

    /// name     empty: "s1", "s2", ...
    /// Errors   AlreadyExists; Conflict: MaxSnapshots, or MaxLayers
    Async<Snapshot> createSnapshot(BoxId id, QString name);
    /// Oldest first; also of a running box.
    Result<QList<SnapshotSummary>> snapshots(const BoxId &id) const;
    /// The disk becomes what it was. What was written since the last snapshot is lost.
    Async<void> restore(BoxId id, QString name);
    /// What only it had moves into what is built on it. Takes as long as that data; when it cannot be moved
    /// now, because a clone runs, the file stays until the next time.
    Async<void> removeSnapshot(BoxId id, QString name);

    /// A new box with the same specification and disk.
    /// newName    empty: one is made up
    /// snapshot   empty: the disk as it is
    Async<BoxId> clone(BoxId id, QString newName, QString snapshot);

    /// Errors   NotFound
    Result<Snapshot> find(const BoxId &id, const QString &name) const;

    /// Keeps the box from being started, and its disk from being changed, while it lives.
    Result<FileLock> hold(const BoxId &id) const;

private:
    Result<QList<Snapshot>> list(const BoxId &id) const;
    QString file(const BoxId &id, const QString &name) const;
    Result<QString> nameOf(const BoxId &id) const;
    Async<QString> freeze(BoxId id);
    Async<bool> isUntouched(BoxId id);
    Async<void> dropLayer(BoxId id, QString layer);
    Async<void> makeRoomForLayer(BoxId id);
    void removeLeftovers(const BoxId &id) const;
    Async<void> fillClone(BoxId from, QString layer, QString directory);

    Paths m_paths;
    BoxStore *m_store;
    BoxOperations *m_operations;
};

} // namespace boxgate
