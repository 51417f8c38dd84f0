#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"BOX", Arity::OneOrMore, Words::RunningBoxes}};
constexpr std::array Examples{ExampleSpec{"boxgate kill web", "End it at once"}};
constexpr std::chrono::seconds KillLimit{5};

Async<void> refuse(QString name)
{
    co_return fail(ErrorCode::Conflict,
                   QStringLiteral("Box %1 is not running: 'boxgate rm %1' removes it").arg(name));
}

Async<int> runKill(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const BoxAction action = [context](const BoxSummary &box) {
        return box.hasRunner() ? context->operations().stop(box.id, StopMode::Kill, KillLimit)
                               : refuse(box.spec.name);
    };
    const Result<int> status = co_await withEachBox(context, action);
    co_return status;
}

} // namespace

CommandSpec killCommandSpec()
{
    CommandSpec spec{"kill", "End boxes at once, as a power cut does"};
    spec.details = "What was not synced inside the box may be lost.";
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runKill;
    return spec;
}

} // namespace boxgate::cli
