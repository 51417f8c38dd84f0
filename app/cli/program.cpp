#include "app/cli/program.h"

#include "app/cli/commandcontext.h"
#include "app/cli/complaint.h"
#include "app/cli/exitstatus.h"
#include "app/cli/helptext.h"

#include <QCoreApplication>

#include <csignal>

namespace boxgate::cli {

int runProgram(std::span<const CommandSpec> commands, const QStringList &words)
{
    const Result<CommandLine> line = ArgumentParser(commands).parse(words);
    Output output;
    if (!line) {
        output.complain(line.error().message);
        return ExitStatus::BoxgateFailed;
    }
    if (line->command == nullptr || line->wantsHelp) {
        output.print(line->command == nullptr ? overviewText(commands)
                                              : helpText(*line->command, line->path));
        return 0;
    }
    CommandContext context(*line, commands);
    const Result<int> status = QCoro::waitFor(line->command->function(&context));
    // Connections are deleted from the event loop, which has ended.
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    if (!status) {
        complain(context.output(), status.error());
        return exitStatusOf(status.error());
    }
    return context.output().isBroken() ? ExitStatus::OfSignal + SIGPIPE : *status;
}

} // namespace boxgate::cli
