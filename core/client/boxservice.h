#pragma once

#include "core/base/taskscope.h"
#include "core/exposure/hostlistener.h"
#include "core/model/boxsummary.h"

#include <QObject>

#include <chrono>

namespace boxgate {

/// How a box is to end.
enum class StopMode
{
    Graceful, ///< SIGTERM to its processes, clean power-off, kill after the deadline
    Kill ///< at once; what was not synced in the guest may be lost, as after a power cut
};

/// What remove() does with a box that has a runner.
enum class RemoveMode
{
    OnlyStopped, ///< refuses: Conflict
    EvenRunning ///< kills it first
};

/// Which of a box's logs.
enum class LogKind
{
    Output, ///< standard output and error of the main command
    Console, ///< the guest kernel's console
    Runner ///< the runner's own log
};

/// A part of a log: text from offset on.
struct LogChunk
{
    QByteArray bytes;
    qint64 nextOffset = 0; ///< where to read on
    bool truncated = false; ///< the log was rotated below offset: some of it is missing
};

/// An image as a list shows it.
struct ImageSummary
{
    QString name; ///< as typed
    QString digest;
    Bytes size;
    int boxes = 0; ///< how many boxes use it
};

/// What this host gives to boxes, for `info` and the first run.
struct HostSummary
{
    QString version; ///< Boxgate's
    QString qemuVersion; ///< empty: none found
    QString qemuPath;
    QString kernelPath; ///< the guest kernel; empty: not built
    QString accelerator; ///< the one that the next box is started with
    QString acceleratorReason; ///< one sentence: why this one
    int cpus = 0;
    Bytes memory;
    Bytes diskFree; ///< where the boxes live
    QString home;
    QStringList problems; ///< what keeps boxes from starting, one sentence each; empty: all is well
};

/// The boxes of this user, as the desktop sees them. Two implementations: LocalBoxService works on the store
/// and the runners, FakeBoxService on a script, for demo, design and tests.
///
/// Thread: the main thread. Signals come on the event loop, at most one boxChanged() per box and 200 ms.
/// Nothing here blocks: what waits is a coroutine.
class BoxService : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    /// All boxes, sorted by name. Complete after ready().
    virtual QList<BoxSummary> boxes() const = 0;
    virtual std::optional<BoxSummary> box(BoxId id) const = 0;
    /// The samples of the last hour of the box's present run, oldest first, no gaps.
    virtual QList<NetSample> samples(BoxId id) const = 0;
    /// The host's loopback listeners, refreshed every 2 s while somebody needs it: a box with
    /// exposesLoopback() runs.
    virtual QList<HostListener> hostListeners() const = 0;

    virtual Async<BoxId> create(BoxSpec spec) = 0;
    /// Ends when the box is Running, or failed.
    virtual Async<void> start(BoxId id) = 0;
    virtual Async<void> stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline) = 0;
    virtual Async<void> remove(BoxId id, RemoveMode mode) = 0;
    /// Stores the specification and, when the box runs, applies it at once. Ends when it holds.
    virtual Async<void> setNetwork(BoxId id, NetworkSpec network) = 0;
    virtual Async<LogChunk> readLog(BoxId id, LogKind kind, qint64 offset, qint64 maxBytes) = 0;
    virtual Async<QList<ImageSummary>> images() = 0;
    virtual Async<HostSummary> host() = 0;

Q_SIGNALS:
    void ready();
    void boxAdded(const boxgate::BoxId &id);
    void boxChanged(const boxgate::BoxId &id);
    void boxRemoved(const boxgate::BoxId &id);
    /// One second of traffic has passed; every running box, every second.
    void sampled(const boxgate::BoxId &id, const boxgate::NetSample &sample);
    void hostListenersChanged();
    /// Something failed that nobody awaited, such as a corrupt database. One sentence.
    void failed(const boxgate::Error &error);
};

} // namespace boxgate
