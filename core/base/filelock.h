#pragma once

#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// An exclusive lock on a file that the kernel drops when the holder's process ends, however it ends.
/// The truth about "this box is running": a runner holds the lock of its box's directory for as long as it
/// lives.
///
/// Thread: any, one at a time. The descriptor is close-on-exec: a child never holds the lock.
class FileLock
{
public:
    FileLock() = default;
    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();

    /// Takes the lock without waiting; creates the file when it is missing.
    /// Errors   Conflict: another process holds it; the system's otherwise
    static Result<FileLock> acquire(const QString &path);

    /// Whether some process holds the lock now, without taking it. False when the file is missing.
    /// Source   fcntl(2), F_OFD_GETLK
    static bool isHeld(const QString &path);

    /// Whether the file of a lock that is held was removed: nobody else sees the lock any more.
    bool isRemoved() const;

private:
    explicit FileLock(int descriptor)
        : m_descriptor(descriptor)
    { }

    int m_descriptor = -1;
};

} // namespace boxgate
