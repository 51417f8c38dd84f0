#pragma once

#include "core/base/result.h"
#include "core/model/boxid.h"
#include "core/model/boxspec.h"

#include <QDateTime>
#include <QList>

#include <functional>
#include <memory>
#include <optional>

namespace boxgate {

class Database;

/// A box as it is stored: the wish, never the state.
struct StoredBox
{
    BoxId id;
    BoxSpec spec;
    QDateTime createdAt; ///< UTC, in milliseconds
    qint64 revision = 0; ///< grows with every change of spec

    bool operator==(const StoredBox &) const = default;
};

/// The stored boxes and settings: one SQLite file that any number of clients have open at once.
///
/// Thread: the one that opened it. Every method is one transaction, durable when it returns, and waits at
/// most five seconds for another client's. Errors of any method besides its own: Timeout (another client
/// holds the database for too long), Corrupt, Denied, DiskFull, Io.
class BoxStore
{
public:
    /// Opens the database, makes it when it is missing, and brings it to the present schema.
    /// file     its directory must exist
    /// Errors   NewerVersion: a newer Boxgate wrote it; Corrupt: it is damaged, and is left as it is; Denied,
    /// DiskFull, Io
    static Result<std::unique_ptr<BoxStore>> open(const QString &file);
    ~BoxStore();

    /// Errors   AlreadyExists: a box of that name (or, for what it is worth, that id) exists
    Result<void> insert(const BoxId &id, const BoxSpec &spec, const QDateTime &createdAt);

    /// Replaces the specification if nobody changed it since revision was read. The name may change with it.
    /// Returns  the new revision
    /// Errors   NotFound; Conflict: revision is no longer the present one; AlreadyExists: the new name is
    /// taken
    Result<qint64> update(const BoxId &id, const BoxSpec &spec, qint64 revision);

    /// Changes the specification in one transaction, so that nobody changes it between reading and writing.
    /// change   gets what is stored; must not use the store. Its error is returned, and nothing is stored
    /// Returns  what is stored then
    /// Errors   NotFound; AlreadyExists: the new name is taken
    Result<StoredBox> edit(const BoxId &id, const std::function<Result<void>(BoxSpec &)> &change);

    /// Errors   NotFound; AlreadyExists: the name is taken; InvalidArgument: it is not a name
    Result<void> rename(const BoxId &id, const QString &name);

    /// Errors   NotFound
    Result<void> remove(const BoxId &id);

    /// All boxes, oldest first. A row that cannot be understood is left out and logged; its name stays taken.
    Result<QList<StoredBox>> all();

    /// Errors   NotFound
    Result<StoredBox> find(const BoxId &id);

    /// Finds what a user means: a name, an id, or the beginning of an id.
    /// Errors   NotFound; InvalidArgument: several ids begin so, and the message lists them
    Result<StoredBox> resolve(const QString &nameOrId);

    /// Whether anything may have changed since the last call, by this client or another. True on the first
    /// call. Reads one page of memory shared with the other clients, so it may be polled many times per
    /// second. Source   sqlite.org/pragma.html#pragma_data_version
    Result<bool> changed();

    /// A setting; nullopt when it was never set.
    Result<std::optional<QString>> setting(const QString &key);
    /// Stores a setting; nullopt removes it.
    Result<void> setSetting(const QString &key, const std::optional<QString> &value);

private:
    explicit BoxStore(std::unique_ptr<Database> database);

    std::unique_ptr<Database> m_database;
    qint64 m_seenVersion = -1;
    bool m_wrote = true;
};

} // namespace boxgate
