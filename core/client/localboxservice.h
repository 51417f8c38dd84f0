#pragma once

#include "core/base/paths.h"
#include "core/client/boxoperations.h"
#include "core/client/boxservice.h"
#include "core/client/boxwatch.h"
#include "core/exposure/hostlisteners.h"

#include <QFileSystemWatcher>
#include <QThreadPool>
#include <QTimer>

#include <map>
#include <memory>

namespace boxgate {

/// The boxes in the store and their runners.
///
/// It learns of other clients' work from the store's data version (every PollInterval), of runners from the
/// runtime directory's sockets and from the boxes' locks, and of everything in a running box from a
/// subscription to its runner. A runner that dies closes its connection, so that is seen at once.
///
/// Thread: the main thread. Lifetime: outlives the coroutines that its users await.
class LocalBoxService : public BoxService
{
    Q_OBJECT

public:
    /// Opens the store from the event loop; then comes ready(), after failed() when it cannot be opened.
    explicit LocalBoxService(const Paths &paths, QObject *parent = nullptr);
    ~LocalBoxService() override;

    QList<BoxSummary> boxes() const override;
    std::optional<BoxSummary> box(BoxId id) const override;
    QList<NetSample> samples(BoxId id) const override;
    QList<HostListener> hostListeners() const override { return m_listeners; }

    Async<BoxId> create(BoxSpec spec) override;
    Async<void> start(BoxId id) override;
    Async<void> stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline) override;
    Async<void> remove(BoxId id, RemoveMode mode) override;
    Async<void> setNetwork(BoxId id, NetworkSpec network) override;
    Async<LogChunk> readLog(BoxId id, LogKind kind, qint64 offset, qint64 maxBytes) override;
    Async<QList<ImageSummary>> images() override;
    Async<HostSummary> host() override;

    /// The issue allows a second; one look costs a page of shared memory and a lock test per box.
    static constexpr std::chrono::milliseconds PollInterval{400};
    static constexpr std::chrono::milliseconds ChangeInterval{200};
    static constexpr std::chrono::seconds ListenerInterval{2};

private:
    struct Entry
    {
        BoxSummary onDisk;
        std::unique_ptr<BoxWatch> watch; ///< while the lock is held
        bool isQuiet = false; ///< boxChanged() came less than ChangeInterval ago
        bool hasNews = false; ///< something changed since
    };

    void open();
    void poll();
    /// Reads everything from the disk and tells what is new.
    void refresh();
    void update(const BoxSummary &found);
    void startWatch(const BoxId &id);
    void endWatch(const BoxId &id);
    void tellChanged(const BoxId &id);
    BoxSummary describe(const Entry &entry) const;
    void updateListenerTimer();
    void askListeners();
    Result<void> usable() const;

    const Paths m_paths;
    std::shared_ptr<BoxStore> m_store;
    std::shared_ptr<BoxOperations> m_operations; ///< null until the store is open
    Error m_openError{ErrorCode::Unavailable, QStringLiteral("The list of boxes is not read yet"), {}};
    std::map<BoxId, Entry> m_boxes;
    bool m_isReady = false;
    QFileSystemWatcher m_sockets;
    QTimer m_pollTimer;
    QTimer m_listenerTimer;
    HostListeners m_listenerSource; ///< used by m_pool's one thread only
    QList<HostListener> m_listeners;
    QThreadPool m_pool; ///< last: its destructor waits for its thread
};

} // namespace boxgate
