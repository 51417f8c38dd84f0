#pragma once

#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// Ends at once the process that holds a FileLock: the last resort against one that is frozen or hangs, such
/// as a stopped runner. What proves that it is the right one is its own descriptor of the lock's file, looked
/// at while its process id cannot be given to another.
/// path     of the lock
/// Returns  the process id of the one that was sent SIGKILL; the lock is free a moment later
/// Errors   NotFound: no other process of this user holds it; Denied, Io: the system's
/// Source   proc(5), /proc/PID/fdinfo: a line "lock:" per lock; pidfd_open(2)
Result<qint64> killLockHolder(const QString &path);

} // namespace boxgate
