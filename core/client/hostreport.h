#pragma once

#include "core/base/paths.h"
#include "core/client/boxservice.h"

namespace boxgate {

/// What this host gives to boxes: the facts behind `boxgate info` and the desktop's first page. Never fails:
/// what is missing is in problems. Some 100 ms when QEMU was not asked for its version before.
QCoro::Task<HostSummary> hostReport(Paths paths);

/// The images on this machine with the boxes that use them.
QList<ImageSummary> imageSummaries(const Paths &paths, const QList<BoxSummary> &boxes);

} // namespace boxgate
