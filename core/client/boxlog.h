#pragma once

#include "core/base/paths.h"
#include "core/client/boxservice.h"

namespace boxgate {

/// The file of one of a box's logs.
QString logPath(const Paths &paths, const BoxId &id, LogKind kind);

/// Reads a part of a log that may be growing, or be rotated, meanwhile.
/// offset    where to begin; negative: that many bytes before the end
/// maxBytes  the most to return
/// Returns   empty bytes at the end of the log, or when there is none yet; truncated when the log is shorter
/// than offset:
///           it was rotated, and is read from its begin
/// Errors    Denied, Io
Result<LogChunk> readLogChunk(const QString &path, qint64 offset, qint64 maxBytes);

/// The offset at which the last lines of a log begin. 0 when it has no more than that.
Result<qint64> offsetOfLastLines(const QString &path, int lines);

} // namespace boxgate
