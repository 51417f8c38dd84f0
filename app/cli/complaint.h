#pragma once

#include "app/cli/output.h"
#include "core/base/error.h"

namespace boxgate::cli {

/// Says on standard error why a command failed: its sentence and, of a box that did not start, the last lines
/// of the guest's console.
void complain(Output &output, const Error &error);

} // namespace boxgate::cli
