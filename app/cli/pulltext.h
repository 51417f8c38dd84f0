#pragma once

#include "core/client/imagepull.h"

#include <QJsonObject>

namespace boxgate::cli {

/// "alpine:latest: 2 of 6 parts, 12.3 MiB of 40 MiB, 5.2 MB/s, 8 s left". Pure.
QString pullLine(const PullProgress &progress);

/// What is known once the manifest is: "alpine:latest: 6 parts, 40 MiB, of which 3.1 MiB are here". Pure.
QString pullBeginLine(const PullProgress &progress);

/// What is said of a pull that was ended: where it was, and how to go on. Pure.
QString pullInterruptedLine(const PullProgress &progress);

/// {"event": "begin"|"progress"|"finishing", "image", "total", "done", "received", "bytesPerSecond",
/// "secondsLeft", "blobs": [{"digest", "size", "done"}]}. Pure.
QJsonObject pullEvent(const PullProgress &progress);

} // namespace boxgate::cli
