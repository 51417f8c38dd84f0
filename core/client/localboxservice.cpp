#include "core/client/localboxservice.h"

#include "core/client/boxlog.h"
#include "core/client/hostreport.h"

#include <QLoggingCategory>
#include <QPointer>

#include <algorithm>

namespace boxgate {

Q_LOGGING_CATEGORY(logService, "boxgate.client.service")

namespace {

/// A log is shown in pieces; more at once would stall the window.
constexpr qint64 MaxLogBytes = 1 << 20;

} // namespace

LocalBoxService::LocalBoxService(const Paths &paths, QObject *parent)
    : BoxService(parent)
    , m_paths(paths)
{
    m_pool.setMaxThreadCount(1);
    connect(&m_pollTimer, &QTimer::timeout, this, &LocalBoxService::poll);
    connect(&m_listenerTimer, &QTimer::timeout, this, &LocalBoxService::askListeners);
    connect(&m_sockets, &QFileSystemWatcher::directoryChanged, this, &LocalBoxService::poll);
    QMetaObject::invokeMethod(this, &LocalBoxService::open, Qt::QueuedConnection);
}

LocalBoxService::~LocalBoxService() { m_boxes.clear(); }

void LocalBoxService::open()
{
    Result<void> prepared = m_paths.prepare();
    if (prepared) {
        Result<std::unique_ptr<BoxStore>> store = BoxStore::open(m_paths.database());
        if (store)
            m_store = std::move(*store);
        else
            prepared = fail(store.error());
    }
    m_isReady = true;
    if (!prepared) {
        m_openError = prepared.error();
        Q_EMIT failed(m_openError);
        Q_EMIT ready();
        return;
    }
    // Operations under way may outlive the service, and keep the store they work on.
    m_operations = std::shared_ptr<BoxOperations>(
        new BoxOperations(m_paths, m_store.get()),
        [store = m_store](const BoxOperations *operations) { delete operations; });
    m_sockets.addPath(m_paths.runtimeDirectory());
    refresh();
    m_pollTimer.start(PollInterval);
    Q_EMIT ready();
}

void LocalBoxService::poll()
{
    const Result<bool> changed = m_store->changed();
    if (!changed)
        qCWarning(logService).noquote() << "store:" << changed.error();
    if (changed && *changed) {
        refresh();
        return;
    }
    for (const auto &[id, entry] : m_boxes) {
        if (!entry.watch && m_operations->directory().liveness(id) == Liveness::HasRunner)
            startWatch(id);
    }
}

void LocalBoxService::refresh()
{
    const Result<QList<BoxSummary>> found = m_operations->directory().all();
    if (!found) {
        qCWarning(logService).noquote() << "store:" << found.error();
        Q_EMIT failed(found.error());
        return;
    }
    QList<BoxId> gone;
    for (const auto &[id, entry] : m_boxes)
        gone.append(id);
    for (const BoxSummary &summary : *found) {
        gone.removeOne(summary.id);
        update(summary);
    }
    for (const BoxId &id : std::as_const(gone)) {
        m_boxes.erase(id);
        Q_EMIT boxRemoved(id);
    }
    updateListenerTimer();
}

void LocalBoxService::update(const BoxSummary &found)
{
    const auto known = m_boxes.find(found.id);
    const bool isNew = known == m_boxes.end();
    Entry &entry = isNew ? m_boxes[found.id] : known->second;
    const bool differs = isNew || entry.onDisk.spec != found.spec || entry.onDisk.state != found.state
        || entry.onDisk.lastExit != found.lastExit;
    entry.onDisk = found;
    if (found.hasRunner() && !entry.watch)
        startWatch(found.id);
    if (isNew && m_isReady)
        Q_EMIT boxAdded(found.id);
    else if (differs)
        tellChanged(found.id);
}

void LocalBoxService::startWatch(const BoxId &id)
{
    Entry &entry = m_boxes[id];
    entry.watch = std::make_unique<BoxWatch>(id, m_operations);
    BoxWatch *const watch = entry.watch.get();
    connect(watch, &BoxWatch::changed, this, [this, id] { tellChanged(id); });
    connect(watch, &BoxWatch::sampled, this,
            [this, id](const NetSample &sample) { Q_EMIT sampled(id, sample); });
    connect(watch, &BoxWatch::ended, this, [this, id] { endWatch(id); });
    updateListenerTimer();
    tellChanged(id);
}

void LocalBoxService::endWatch(const BoxId &id)
{
    const auto known = m_boxes.find(id);
    if (known == m_boxes.end())
        return;
    if (known->second.watch)
        known->second.watch.release()->deleteLater();
    refresh();
    tellChanged(id);
}

void LocalBoxService::tellChanged(const BoxId &id)
{
    const auto known = m_boxes.find(id);
    if (known == m_boxes.end())
        return;
    Entry &entry = known->second;
    if (entry.isQuiet) {
        entry.hasNews = true;
        return;
    }
    entry.isQuiet = true;
    entry.hasNews = false;
    QTimer::singleShot(ChangeInterval, this, [this, id] {
        const auto later = m_boxes.find(id);
        if (later == m_boxes.end())
            return;
        later->second.isQuiet = false;
        if (later->second.hasNews)
            tellChanged(id);
    });
    Q_EMIT boxChanged(id);
}

BoxSummary LocalBoxService::describe(const Entry &entry) const
{
    BoxSummary summary = entry.onDisk;
    if (entry.watch)
        entry.watch->describe(summary);
    return summary;
}

QList<BoxSummary> LocalBoxService::boxes() const
{
    QList<BoxSummary> all;
    for (const auto &[id, entry] : m_boxes)
        all.append(describe(entry));
    std::sort(all.begin(), all.end(),
              [](const BoxSummary &a, const BoxSummary &b) { return a.spec.name < b.spec.name; });
    return all;
}

std::optional<BoxSummary> LocalBoxService::box(BoxId id) const
{
    const auto known = m_boxes.find(id);
    if (known == m_boxes.end())
        return std::nullopt;
    return describe(known->second);
}

QList<NetSample> LocalBoxService::samples(BoxId id) const
{
    const auto known = m_boxes.find(id);
    if (known == m_boxes.end() || !known->second.watch)
        return {};
    return known->second.watch->samples();
}

void LocalBoxService::updateListenerTimer()
{
    const bool isNeeded = std::any_of(m_boxes.begin(), m_boxes.end(), [](const auto &box) {
        return box.second.watch && box.second.onDisk.spec.network.exposesLoopback();
    });
    if (!isNeeded) {
        m_listenerTimer.stop();
    } else if (!m_listenerTimer.isActive()) {
        m_listenerTimer.start(ListenerInterval);
        askListeners();
    }
}

void LocalBoxService::askListeners()
{
    if (m_pool.activeThreadCount() > 0)
        return;
    m_pool.start([this] {
        const Result<QList<HostListener>> found = m_listenerSource.current();
        QMetaObject::invokeMethod(
            this,
            [this, found] {
                if (!found || *found == m_listeners)
                    return;
                m_listeners = *found;
                Q_EMIT hostListenersChanged();
            },
            Qt::QueuedConnection);
    });
}

Result<void> LocalBoxService::usable() const
{
    if (!m_operations)
        return fail(m_openError);
    return {};
}

Async<BoxId> LocalBoxService::create(BoxSpec spec)
{
    const Result<void> open = usable();
    BOXGATE_CO_TRY(open);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const QPointer<LocalBoxService> self(this);
    const Result<BoxId> id = co_await operations->create(spec);
    if (self)
        refresh();
    co_return id;
}

Async<void> LocalBoxService::start(BoxId id)
{
    const Result<void> open = usable();
    BOXGATE_CO_TRY(open);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const QPointer<LocalBoxService> self(this);
    const Result<void> started = co_await operations->start(id);
    if (self)
        poll();
    co_return started;
}

Async<void> LocalBoxService::stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline)
{
    const Result<void> open = usable();
    BOXGATE_CO_TRY(open);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const Result<void> stopped = co_await operations->stop(id, mode, deadline);
    co_return stopped;
}

Async<void> LocalBoxService::remove(BoxId id, RemoveMode mode)
{
    const Result<void> open = usable();
    BOXGATE_CO_TRY(open);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const QPointer<LocalBoxService> self(this);
    const Result<void> removed = co_await operations->remove(id, mode);
    if (self)
        refresh();
    co_return removed;
}

Async<void> LocalBoxService::setNetwork(BoxId id, NetworkSpec network)
{
    const Result<void> open = usable();
    BOXGATE_CO_TRY(open);
    const std::shared_ptr<BoxOperations> operations = m_operations;
    const QPointer<LocalBoxService> self(this);
    const Result<void> applied = co_await operations->setNetwork(id, network);
    if (self)
        refresh();
    co_return applied;
}

Async<LogChunk> LocalBoxService::readLog(BoxId id, LogKind kind, qint64 offset, qint64 maxBytes)
{
    const Result<LogChunk> chunk =
        readLogChunk(logPath(m_paths, id, kind), offset, std::min(maxBytes, MaxLogBytes));
    co_return chunk;
}

Async<QList<ImageSummary>> LocalBoxService::images()
{
    const QList<ImageSummary> all = imageSummaries(m_paths, boxes());
    co_return all;
}

Async<HostSummary> LocalBoxService::host()
{
    const HostSummary report = co_await hostReport(m_paths);
    co_return report;
}

} // namespace boxgate
