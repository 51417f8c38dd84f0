#pragma once

#include "core/base/bytes.h"
#include "core/base/paths.h"

#include <optional>

namespace boxgate {

/// How much the store's blobs may take together: "image_limit_bytes" in Paths::settings(), whose other fields
/// are left as they are. nullopt: no limit. Errors   Corrupt: the file is no JSON object, or the field no
/// number; Denied, Io
Result<std::optional<Bytes>> storeLimit(const Paths &paths);
Result<void> setStoreLimit(const Paths &paths, const std::optional<Bytes> &limit);

} // namespace boxgate
