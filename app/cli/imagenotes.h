#pragma once

#include "app/cli/commandcontext.h"

namespace boxgate::cli {

/// Says on standard error which ports the box's image lists, and how one is published; nothing when there are
/// none.
void noteExposedPorts(CommandContext *context, const BoxSummary &box);

} // namespace boxgate::cli
