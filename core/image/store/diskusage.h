#pragma once

#include "core/base/bytes.h"

namespace boxgate {

/// What a file takes on its disk: less than its size when it has holes. 0 when it is not there.
/// Source   stat(2), st_blocks in units of 512 bytes
Bytes allocatedBytes(const QString &file);

} // namespace boxgate
