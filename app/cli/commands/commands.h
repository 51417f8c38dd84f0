#pragma once

#include "app/cli/commandspec.h"

/// Every verb's entry of the table. Each is defined in <verb>.cpp, beside what it does; table.cpp puts them
/// in order.
namespace boxgate::cli {

std::span<const CommandSpec> allCommands();

CommandSpec cloneCommandSpec();
CommandSpec completeCommandSpec();
CommandSpec completionCommandSpec();
CommandSpec cpCommandSpec();
CommandSpec createCommandSpec();
CommandSpec execCommandSpec();
CommandSpec exportCommandSpec();
CommandSpec helpCommandSpec();
CommandSpec imageCommandSpec();
CommandSpec imagesCommandSpec();
CommandSpec importCommandSpec();
CommandSpec infoCommandSpec();
CommandSpec inspectCommandSpec();
CommandSpec killCommandSpec();
CommandSpec loginCommandSpec();
CommandSpec logoutCommandSpec();
CommandSpec logsCommandSpec();
CommandSpec manPagesCommandSpec();
CommandSpec netCommandSpec();
CommandSpec portCommandSpec();
CommandSpec psCommandSpec();
CommandSpec pullCommandSpec();
CommandSpec registryCommandSpec();
CommandSpec restartCommandSpec();
CommandSpec rmCommandSpec();
CommandSpec runCommandSpec();
CommandSpec snapshotCommandSpec();
CommandSpec startCommandSpec();
CommandSpec statsCommandSpec();
CommandSpec stopCommandSpec();
CommandSpec versionCommandSpec();

} // namespace boxgate::cli
