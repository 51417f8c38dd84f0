#include "app/cli/commands/commands.h"

namespace boxgate::cli {

std::span<const CommandSpec> allCommands()
{
    static const std::array all{
        runCommandSpec(),        createCommandSpec(),   startCommandSpec(),    stopCommandSpec(),
        restartCommandSpec(),    killCommandSpec(),     rmCommandSpec(),       psCommandSpec(),
        execCommandSpec(),       cpCommandSpec(),       logsCommandSpec(),     inspectCommandSpec(),
        statsCommandSpec(),      netCommandSpec(),      portCommandSpec(),     snapshotCommandSpec(),
        cloneCommandSpec(),      exportCommandSpec(),   importCommandSpec(),   imagesCommandSpec(),
        imageCommandSpec(),      pullCommandSpec(),     registryCommandSpec(), loginCommandSpec(),
        logoutCommandSpec(),     infoCommandSpec(),     versionCommandSpec(),  helpCommandSpec(),
        completionCommandSpec(), completeCommandSpec(), manPagesCommandSpec(),
    };
    return all;
}

} // namespace boxgate::cli
