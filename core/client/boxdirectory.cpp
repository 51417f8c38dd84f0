#include "core/client/boxdirectory.h"

#include "core/base/filelock.h"
#include "core/store/exitrecordfile.h"

#include <QFileInfo>

#include <algorithm>

namespace boxgate {

BoxSummary summarize(const StoredBox &stored, Liveness liveness, const std::optional<ExitRecord> &lastExit)
{
    BoxSummary summary;
    summary.id = stored.id;
    summary.spec = stored.spec;
    summary.createdAt = stored.createdAt;
    if (liveness == Liveness::HasRunner) {
        summary.state = BoxState::Starting;
        return summary;
    }
    summary.lastExit = lastExit;
    if (!lastExit)
        summary.state = BoxState::Created;
    else
        summary.state = lastExit->isFailure() ? BoxState::Failed : BoxState::Stopped;
    return summary;
}

BoxDirectory::BoxDirectory(const Paths &paths, BoxStore *store)
    : m_paths(paths)
    , m_store(store)
{ }

Result<QList<BoxSummary>> BoxDirectory::all() const
{
    const Result<QList<StoredBox>> stored = m_store->all();
    BOXGATE_TRY(stored);
    QList<BoxSummary> boxes;
    boxes.reserve(stored->size());
    for (const StoredBox &box : *stored)
        boxes.append(look(box));
    std::sort(boxes.begin(), boxes.end(),
              [](const BoxSummary &a, const BoxSummary &b) { return a.spec.name < b.spec.name; });
    return boxes;
}

Result<BoxSummary> BoxDirectory::find(const BoxId &id) const
{
    const Result<StoredBox> stored = m_store->find(id);
    BOXGATE_TRY(stored);
    return look(*stored);
}

Result<BoxSummary> BoxDirectory::resolve(const QString &nameOrId) const
{
    const Result<StoredBox> stored = m_store->resolve(nameOrId);
    BOXGATE_TRY(stored);
    return look(*stored);
}

Liveness BoxDirectory::liveness(const BoxId &id) const
{
    return FileLock::isHeld(m_paths.boxLock(id.toString())) ? Liveness::HasRunner : Liveness::NoRunner;
}

bool BoxDirectory::hasFiles(const BoxId &id) const
{
    return QFileInfo(m_paths.boxDirectory(id.toString())).isDir();
}

BoxSummary BoxDirectory::look(const StoredBox &stored) const
{
    // The lock first: a runner that ends in between has written its record by then.
    Liveness alive = liveness(stored.id);
    std::optional<ExitRecord> record;
    if (alive == Liveness::NoRunner)
        record = readExitRecord(m_paths.boxExitRecord(stored.id.toString()));
    // And once more: the record may be of a runner that has begun in between.
    if (record && record->isUnfinished())
        alive = liveness(stored.id);
    return summarize(stored, alive, record);
}

} // namespace boxgate
