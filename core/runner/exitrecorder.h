#pragma once

#include "core/model/exitrecord.h"

namespace boxgate {

/// Keeps the box's exit record true at every moment of a run: from the first write on, a runner that is
/// killed leaves a record that says so. Its stage tells the next start whether the box had a disk, see
/// diskStatus(). Thread: the main thread. Lifetime: while the runner holds the box's lock.
class ExitRecorder
{
public:
    enum class Disk
    {
        Missing,
        Present
    };

    explicit ExitRecorder(const QString &path);

    /// The run begins: writes an unfinished record.
    /// Errors   Denied, DiskFull, Io: a box whose end could not be recorded is not started
    Result<void> begin(const QDateTime &startedAt, Disk disk);
    /// The box's disk was made.
    void diskMade();
    /// The run is over. A failure is logged: the unfinished record then remains.
    void finish(ExitRecord record);

private:
    Result<void> writeUnfinished();

    const QString m_path;
    QDateTime m_startedAt;
    Disk m_disk = Disk::Missing;
};

} // namespace boxgate
