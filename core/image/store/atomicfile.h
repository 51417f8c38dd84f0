#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QFileDevice>

namespace boxgate {

/// Puts a small file in the place of another: readers see the old one or the new one, also after a power cut.
/// The caller keeps other writers of the same file away; what a killed one leaves, `<path>.part`, the next
/// one replaces. Errors   DiskFull, Denied, Io
Result<void> replaceFile(const QString &path, const QByteArray &bytes);

/// A failed operation of a QFile, seen as an Error: "message: what the system says". DiskFull when that is
/// why.
Error fileError(const QFileDevice &file, const QString &message);

} // namespace boxgate
