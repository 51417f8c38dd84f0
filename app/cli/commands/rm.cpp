#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"force", 'f', nullptr, "Kill a box that runs"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate rm web", "Remove a box that has ended, with its disk"},
    ExampleSpec{"boxgate rm -f $(boxgate ps -aq)", "Remove every box"},
};

Async<int> runRm(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const RemoveMode mode =
        context->arguments().has("force") ? RemoveMode::EvenRunning : RemoveMode::OnlyStopped;
    const BoxAction action = [context, mode](const BoxSummary &box) {
        return context->operations().remove(box.id, mode);
    };
    const Result<int> status = co_await withEachBox(context, action);
    co_return status;
}

} // namespace

CommandSpec rmCommandSpec()
{
    CommandSpec spec{"rm", "Remove boxes with their disks"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRm;
    return spec;
}

} // namespace boxgate::cli
