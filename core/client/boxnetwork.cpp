/// What can be done with the network of a box: declared in boxoperations.h.
#include "core/client/boxoperations.h"

#include "core/base/workerthread.h"
#include "core/store/traffichistory.h"

#include <QFileInfo>

namespace boxgate {

namespace {

/// How often a change begins anew because other clients' changes came between; each time one of them is done.
constexpr int MaxAttempts = 16;

bool isRefusal(const Error &error)
{
    const bool isUnheard = error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout;
    return !isUnheard && error.detail != NetworkRefusal::NextStart;
}

} // namespace

Result<BoxOperations::NetworkChange> BoxOperations::storeNetwork(const BoxId &id, const NetworkEdit &edit)
{
    NetworkChange change;
    const Result<StoredBox> stored = m_store->edit(id, [&](BoxSpec &spec) -> Result<void> {
        change.before = spec.network;
        const Result<void> edited = edit(spec.network);
        BOXGATE_TRY(edited);
        NetworkSpec onlySwitchedOff = change.before;
        onlySwitchedOff.mode = NetworkMode::Off;
        if (spec.network == onlySwitchedOff)
            return {};
        return spec.network.check();
    });
    BOXGATE_TRY(stored);
    change.after = *stored;
    return change;
}

/// Applies what is stored until what the box was told last is what is stored: another client that changed it
/// meanwhile may have been heard before this one.
/// Returns  what is stored
/// Errors   the runner's, about `stored` itself
Async<NetworkSpec> BoxOperations::applyNetwork(std::shared_ptr<BoxHandle> handle, StoredBox stored,
                                               ExistingFlows existing)
{
    const Result<void> applied = co_await handle->setNetwork(stored.spec.network, existing);
    BOXGATE_CO_TRY(applied);
    for (int attempt = 0; attempt < MaxAttempts; ++attempt) {
        const Result<StoredBox> now = m_store->find(stored.id);
        BOXGATE_CO_TRY(now);
        if (now->spec.network == stored.spec.network)
            break;
        stored = *now;
        // Whoever stored it is told how it went.
        (void)co_await handle->setNetwork(stored.spec.network, ExistingFlows::Keep);
    }
    co_return stored.spec.network;
}

/// Stores what is in force in the box instead of what it refused, unless that was changed again meanwhile.
/// Returns  what is in force
Async<NetworkSpec> BoxOperations::takeBack(std::shared_ptr<BoxHandle> handle, NetworkSpec refused)
{
    const Result<RunnerState> state = co_await handle->requestState();
    BOXGATE_CO_TRY(state);
    const NetworkSpec inForce = state->network;
    const Result<StoredBox> stored = m_store->edit(handle->id(), [&](BoxSpec &spec) -> Result<void> {
        if (spec.network == refused)
            spec.network = inForce;
        return {};
    });
    BOXGATE_CO_TRY(stored);
    co_return inForce;
}

Async<NetworkSpec> BoxOperations::changeNetwork(BoxId id, NetworkEdit edit, ExistingFlows existing)
{
    for (int attempt = 0;; ++attempt) {
        const Result<NetworkChange> change = storeNetwork(id, edit);
        BOXGATE_CO_TRY(change);
        const NetworkSpec wanted = change->after.spec.network;
        const Result<std::shared_ptr<BoxHandle>> connected = co_await connect(id);
        if (!connected && connected.error().code == ErrorCode::Conflict)
            co_return wanted; // it does not run: the next start reads it
        BOXGATE_CO_TRY(connected);
        const std::shared_ptr<BoxHandle> handle = *connected;
        const Result<NetworkSpec> applied = co_await applyNetwork(handle, change->after, existing);
        if (!applied && applied.error().code == ErrorCode::Unavailable && !handle->isOpen())
            co_return wanted; // it has ended meanwhile
        if (applied || !isRefusal(applied.error()))
            co_return applied;
        const Result<NetworkSpec> inForce = co_await takeBack(handle, wanted);
        BOXGATE_CO_TRY(inForce);
        // Another client's change, refused too and about to be taken back, may have been the reason.
        if (*inForce == change->before || attempt == MaxAttempts)
            co_return fail(applied.error());
    }
}

Async<void> BoxOperations::setNetwork(BoxId id, NetworkSpec network)
{
    const NetworkEdit replace = [network](NetworkSpec &stored) -> Result<void> {
        stored = network;
        return {};
    };
    const Result<NetworkSpec> changed = co_await changeNetwork(id, replace, ExistingFlows::Keep);
    BOXGATE_CO_TRY(changed);
    co_return {};
}

Async<QList<NetMinute>> BoxOperations::trafficHistory(BoxId id, QDateTime since)
{
    const Result<StoredBox> box = m_store->find(id);
    BOXGATE_CO_TRY(box);
    const QString file = m_paths.boxTraffic(id.toString());
    const qint64 from = since.toSecsSinceEpoch();
    const auto read = [file, from]() -> Result<QList<NetMinute>> {
        if (!QFileInfo::exists(file))
            return QList<NetMinute>();
        const Result<std::unique_ptr<TrafficHistory>> history = TrafficHistory::open(file);
        BOXGATE_TRY(history);
        return (*history)->since(from);
    };
    Async<QList<NetMinute>> reading = runOnWorker<QList<NetMinute>>(read);
    const Result<QList<NetMinute>> entries = co_await reading;
    co_return entries;
}

} // namespace boxgate
