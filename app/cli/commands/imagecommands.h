#pragma once

#include "app/cli/commandspec.h"

/// The verbs of `boxgate image`.
namespace boxgate::cli {

CommandSpec imageHistoryCommandSpec();
CommandSpec imageInspectCommandSpec();
CommandSpec imageLimitCommandSpec();
CommandSpec imageListCommandSpec();
CommandSpec imageLoadCommandSpec();
CommandSpec imagePruneCommandSpec();
CommandSpec imageRemoveCommandSpec();
CommandSpec imageSaveCommandSpec();

} // namespace boxgate::cli
