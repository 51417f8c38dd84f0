#pragma once

#include "core/base/result.h"

#include <QByteArray>

namespace boxgate::cli {

/// Reads a file that a user names, to its end.
/// name     "-" is standard input
/// Errors   NotFound, Denied, Io: the file; InvalidArgument: above MaxInputFile bytes
Result<QByteArray> readInputFile(const QString &name);

/// Far above what the rules of a box may take.
inline constexpr qint64 MaxInputFile = 16 * 1024 * 1024;

} // namespace boxgate::cli
