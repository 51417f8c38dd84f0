#pragma once

#include "core/base/result.h"

namespace boxgate {

/// Waits until a file's contents are on the disk.
Result<void> syncToDisk(int descriptor);

/// Waits until the names in a directory are on the disk: after a rename(2).
Result<void> syncDirectory(const QString &directory);

/// Lets the system begin to write a part of a file to the disk, so that a later syncToDisk() has less to wait
/// for. A hint: nothing is waited for, and nothing fails.
void beginSync(int descriptor, qint64 offset, qint64 bytes);

/// Gives the space of a part of a file back: it reads as zeros.
/// Errors   DiskFull, Io: it had to be written instead, and could not
Result<void> dropRange(int descriptor, qint64 offset, qint64 bytes);

} // namespace boxgate
