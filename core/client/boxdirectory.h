#pragma once

#include "core/base/paths.h"
#include "core/model/boxsummary.h"
#include "core/store/boxstore.h"

namespace boxgate {

/// Whether a runner holds the lock of a box's directory: the truth about "running".
enum class Liveness
{
    NoRunner,
    HasRunner
};

/// What a box looks like without asking its runner. Pure.
/// liveness   HasRunner: the box is shown as Starting until its runner has said more, and lastExit as none,
/// because
///            the record on disk is the present run's own
BoxSummary summarize(const StoredBox &stored, Liveness liveness, const std::optional<ExitRecord> &lastExit);

/// All boxes as far as the disk tells: rows of the store, locks and exit records. It contacts no runner, so
/// it is cheap and never waits: some 20 us per box.
///
/// Thread: the store's. Lifetime: the store outlives it.
class BoxDirectory
{
public:
    BoxDirectory(const Paths &paths, BoxStore *store);

    /// Every box, sorted by name.
    /// Errors   the store's
    Result<QList<BoxSummary>> all() const;

    /// Errors   NotFound, with the next step; the store's
    Result<BoxSummary> find(const BoxId &id) const;

    /// What a user means: a name, an id, or the beginning of an id.
    /// Errors   NotFound; InvalidArgument: several ids begin so; the store's
    Result<BoxSummary> resolve(const QString &nameOrId) const;

    Liveness liveness(const BoxId &id) const;

    /// Whether the box's directory is still there: its disk and its lock live in it.
    bool hasFiles(const BoxId &id) const;

private:
    BoxSummary look(const StoredBox &stored) const;

    Paths m_paths;
    BoxStore *m_store;
};

} // namespace boxgate
