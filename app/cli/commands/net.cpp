#include "app/cli/commands/commands.h"
#include "app/cli/commands/netcommands.h"
#include "app/cli/terminal.h"

namespace boxgate::cli {

Async<NetworkSpec> changeNetwork(CommandContext *context, BoxSummary box, NetworkEdit edit,
                                 ExistingFlows existing)
{
    const Result<NetworkSpec> stored =
        co_await context->operations().changeNetwork(box.id, std::move(edit), existing);
    BOXGATE_CO_TRY(stored);
    context->output().print(box.spec.name + QLatin1Char('\n'));
    co_return *stored;
}

Async<RunningBox> openMaybeRunning(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    RunningBox running;
    running.box = *box;
    const Result<std::shared_ptr<BoxHandle>> handle = co_await context->operations().connect(box->id);
    if (!handle && handle.error().code != ErrorCode::Conflict)
        co_return fail(handle.error());
    running.handle = handle.value_or(nullptr);
    co_return running;
}

Async<RunningBox> openRunning(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const Result<std::shared_ptr<BoxHandle>> handle = co_await context->operations().connect(box->id);
    BOXGATE_CO_TRY(handle);
    RunningBox running;
    running.box = *box;
    running.handle = *handle;
    co_return running;
}

void printTable(Output &output, const TextTable &table, const QString &sentence)
{
    output.print(table.isEmpty() ? sentence + QLatin1Char('\n') : table.toString({}, tableWidth()));
}

CommandSpec netCommandSpec()
{
    static const std::array verbs{
        netShowCommandSpec(),    netModeCommandSpec(),     netAllowCommandSpec(),
        netDenyCommandSpec(),    netRulesCommandSpec(),    netTestCommandSpec(),
        netLogCommandSpec(),     netFlowsCommandSpec(),    netBlockedCommandSpec(),
        netDnsCommandSpec(),     netExposureCommandSpec(), netHostLoopbackCommandSpec(),
        netCaptureCommandSpec(), netLimitCommandSpec(),    netHistoryCommandSpec(),
        netRecordCommandSpec(),
    };
    CommandSpec spec{"net", "Show, explain and change what a box may reach"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
