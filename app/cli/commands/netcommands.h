#pragma once

#include "app/cli/commandcontext.h"
#include "app/cli/texttable.h"

/// The verbs below `boxgate net`, and what they share. Each is defined in net<verb>.cpp.
namespace boxgate::cli {

CommandSpec netAllowCommandSpec();
CommandSpec netBlockedCommandSpec();
CommandSpec netCaptureCommandSpec();
CommandSpec netDenyCommandSpec();
CommandSpec netDnsCommandSpec();
CommandSpec netExposureCommandSpec();
CommandSpec netFlowsCommandSpec();
CommandSpec netHistoryCommandSpec();
CommandSpec netHostLoopbackCommandSpec();
CommandSpec netLimitCommandSpec();
CommandSpec netLogCommandSpec();
CommandSpec netModeCommandSpec();
CommandSpec netRecordCommandSpec();
CommandSpec netRulesCommandSpec();
CommandSpec netShowCommandSpec();
CommandSpec netTestCommandSpec();

/// Changes a box's network and prints its name. Returns  what is stored then
Async<NetworkSpec> changeNetwork(CommandContext *context, BoxSummary box, NetworkEdit edit,
                                 ExistingFlows existing);

/// The box that the argument BOX names, and its runner.
struct RunningBox
{
    BoxSummary box;
    std::shared_ptr<BoxHandle> handle; ///< nullptr: it does not run
};

/// Errors   NotFound: the box; what connect() says of a runner that does not answer
Async<RunningBox> openMaybeRunning(CommandContext *context);
/// The same for what only a running box can tell. Errors   Conflict: it does not run
Async<RunningBox> openRunning(CommandContext *context);

/// Prints a table as wide as the terminal, or the sentence when it has no rows.
void printTable(Output &output, const TextTable &table, const QString &sentence);

} // namespace boxgate::cli
