#pragma once

#include "core/base/taskscope.h"
#include "core/client/boxoperations.h"

namespace boxgate::cli {

/// Every box with what its runner says now; runners are asked all at once. One that does not answer leaves
/// its box Starting.
Async<QList<BoxSummary>> liveBoxes(Paths paths, const BoxDirectory *directory);

/// The same for one box.
Async<BoxSummary> liveBox(Paths paths, const BoxDirectory *directory, BoxSummary known);

} // namespace boxgate::cli
