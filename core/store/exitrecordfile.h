#pragma once

#include "core/model/exitrecord.h"

#include <optional>

namespace boxgate {

/// Writes the record of a run's end, atomically and durably: a reader sees the old record or the new one.
/// path     Paths::boxExitRecord()
/// Errors   NotFound: the box's directory is gone; Denied, DiskFull, Io
Result<void> writeExitRecord(const QString &path, const ExitRecord &record);

/// Reads the record of the last run. nullopt: there was none.
/// A file that is damaged, above 64 KiB or unreadable yields a Crashed record that says so, so that the box
/// is shown as failed and can be started again.
std::optional<ExitRecord> readExitRecord(const QString &path);

/// Forgets the last run; nothing to forget is no error.
/// Errors   Denied, Io
Result<void> removeExitRecord(const QString &path);

} // namespace boxgate
