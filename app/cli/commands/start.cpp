#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/loopbackwarning.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"quiet", 'q', nullptr, "Print no warning"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::EndedBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate start web", "Start the box web and wait until it takes commands"}};

Async<int> runStart(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const BoxAction action = [context](const BoxSummary &box) {
        if (!context->arguments().has("quiet") && !box.hasRunner())
            warnOfLoopback(context->output(), box.spec.name, box.spec.network);
        return context->operations().start(box.id);
    };
    const Result<int> status = co_await withEachBox(context, action);
    co_return status;
}

} // namespace

CommandSpec startCommandSpec()
{
    CommandSpec spec{"start", "Start boxes"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runStart;
    return spec;
}

} // namespace boxgate::cli
