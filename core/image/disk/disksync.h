#pragma once

#include "core/base/result.h"

namespace boxgate {

/// Waits until a file's contents are on the disk.
Result<void> syncToDisk(int descriptor);

/// Waits until the names in a directory are on the disk: after a rename(2).
Result<void> syncDirectory(const QString &directory);

} // namespace boxgate
