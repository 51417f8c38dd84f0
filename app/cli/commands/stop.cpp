#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/stopoptions.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{StopTimeOption};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate stop web db", "End two boxes cleanly"},
    ExampleSpec{"boxgate stop --time 60 db", "Give it a minute"},
};

Async<int> runStop(CommandContext *context)
{
    const Result<std::chrono::milliseconds> deadline = readStopTime(context->arguments());
    BOXGATE_CO_TRY(deadline);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const BoxAction action = [context, limit = *deadline](const BoxSummary &box) {
        return context->operations().stop(box.id, StopMode::Graceful, limit);
    };
    const Result<int> status = co_await withEachBox(context, action);
    co_return status;
}

} // namespace

CommandSpec stopCommandSpec()
{
    CommandSpec spec{"stop", "End boxes cleanly"};
    spec.details = "Their processes get SIGTERM and the file system is written out. One that does not end in "
                   "time is killed.\n"
                   "A box that does not run stays as it is, which is no error.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runStop;
    return spec;
}

} // namespace boxgate::cli
