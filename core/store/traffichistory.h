#pragma once

#include "core/model/netreport.h"

#include <memory>

namespace boxgate {

class Database;

/// What passed between one box and its destinations, per minute: an SQLite file of its own, so that its
/// damage costs the history alone.
///
/// Thread: the one that opened it. One writer, the box's runner; any number of readers at the same time.
/// What a box can make it hold is bounded by the constants below, whatever the box does.
class TrafficHistory
{
public:
    static constexpr qint64 KeptSeconds = 30LL * 24 * 3600;
    /// Some 40 MB; the oldest minutes go first.
    static constexpr qint64 MaxRows = 500'000;
    /// Entries of one minute, the sum of the smallest included.
    static constexpr qsizetype MaxPerMinute = 256;
    /// What since() yields at most.
    static constexpr int MaxRead = 100'000;

    /// Opens the file, makes it when it is missing.
    /// maxRows  another bound than MaxRows, for tests
    /// Errors   Corrupt, NewerVersion, Denied, DiskFull, Io
    static Result<std::unique_ptr<TrafficHistory>> open(const QString &file, qint64 maxRows = MaxRows);
    ~TrafficHistory();

    /// Adds entries of one minute to what is there of it, and forgets what is too old or too much.
    /// entries  of the same minute, one per destination
    /// Errors   those of open(), Timeout; nothing of it is stored then
    Result<void> add(const QList<NetMinute> &entries);

    /// The entries of the minutes from unixTime (s) on, oldest first; the MaxRead latest.
    Result<QList<NetMinute>> since(qint64 unixTime) const;

    /// Removes the file with what SQLite keeps beside it.
    static void remove(const QString &file);

private:
    TrafficHistory(std::unique_ptr<Database> database, qint64 maxRows);

    Result<void> replaceMinute(qint64 minute, const QList<NetMinute> &entries);
    Result<void> prune(qint64 latest);

    std::unique_ptr<Database> m_database;
    const qint64 m_maxRows;
    qint64 m_rows = 0; ///< at least as many as there are
};

/// At most MaxPerMinute entries: those of the same destination added up, the smallest summed as one without
/// protocol, address, port and name. Pure.
/// entries  of one minute
QList<NetMinute> boundedMinute(const QList<NetMinute> &entries);

} // namespace boxgate
