#pragma once

#include "core/base/canceltoken.h"
#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// A lock on a file that the kernel drops when the holder's process ends, however it ends.
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

    enum class Mode
    {
        Exclusive, ///< one holder
        Shared ///< any number of holders, none of them exclusive
    };

    /// Takes the lock without waiting; creates the file when it is missing.
    /// Errors   Conflict: another holder is in the way; the system's otherwise
    static Result<FileLock> acquire(const QString &path, Mode mode = Mode::Exclusive);

    /// Takes the lock as soon as it is free, looking some 100 times per second. Never returns the lock of a
    /// file that was removed meanwhile: whoever removes a lock's file while holding the lock passes the
    /// others on to a new one. Errors   Cancelled; the system's
    static Result<FileLock> wait(const QString &path, Mode mode, const CancelToken &cancel);

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
