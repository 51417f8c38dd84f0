#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/stopoptions.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{StopTimeOption};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::Boxes}};
constexpr std::array Examples{ExampleSpec{"boxgate restart web", "Stop it cleanly and start it again"}};

Async<void> restart(CommandContext *context, BoxId id, std::chrono::milliseconds deadline)
{
    const Result<void> stopped = co_await context->operations().stop(id, StopMode::Graceful, deadline);
    BOXGATE_CO_TRY(stopped);
    const Result<void> started = co_await context->operations().start(id);
    co_return started;
}

Async<int> runRestart(CommandContext *context)
{
    const Result<std::chrono::milliseconds> deadline = readStopTime(context->arguments());
    BOXGATE_CO_TRY(deadline);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const BoxAction action = [context, limit = *deadline](const BoxSummary &box) {
        return restart(context, box.id, limit);
    };
    const Result<int> status = co_await withEachBox(context, action);
    co_return status;
}

} // namespace

CommandSpec restartCommandSpec()
{
    CommandSpec spec{"restart", "Stop boxes cleanly and start them again"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRestart;
    return spec;
}

} // namespace boxgate::cli
