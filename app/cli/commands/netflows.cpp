#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"all", 'a', nullptr, "Show every destination since the start instead, ended connections too"},
    OptionSpec{"close", 0, "ID", "End this connection"},
    OptionSpec{"json", 0, nullptr, "Print JSON"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net flows web", "Whom does it talk to now?"},
    ExampleSpec{"boxgate net flows --all web", "Whom has it talked to, and how much?"},
    ExampleSpec{"boxgate net flows --close 17 web", "End one connection"},
};

Async<int> closeFlow(CommandContext *context, RunningBox running)
{
    bool isNumber = false;
    const QString text = context->arguments().value("close");
    const quint64 id = text.toULongLong(&isNumber);
    if (!isNumber) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("--close: '%1' is not a number that 'boxgate net flows %2' shows")
                           .arg(text.left(40), running.box.spec.name));
    }
    const Result<void> closed = co_await running.handle->closeFlow(id);
    BOXGATE_CO_TRY(closed);
    context->output().print(text + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runFlows(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    if (context->arguments().has("close")) {
        const Result<int> closed = co_await closeFlow(context, *opened);
        co_return closed;
    }
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const bool asJson = context->arguments().has("json");
    const QString name = opened->box.spec.name;
    if (context->arguments().has("all")) {
        const Result<QList<NetDestination>> all = co_await opened->handle->destinations();
        BOXGATE_CO_TRY(all);
        if (asJson)
            context->output().printJson(toJsonArray(*all));
        else
            printTable(context->output(), destinationsTable(*all, now),
                       QStringLiteral("Box %1 has talked to nobody").arg(name));
        co_return 0;
    }
    const Result<QList<NetFlow>> flows = co_await opened->handle->flows();
    BOXGATE_CO_TRY(flows);
    if (asJson)
        context->output().printJson(toJsonArray(*flows));
    else
        printTable(context->output(), flowsTable(*flows, now),
                   QStringLiteral("Box %1 has no open connections").arg(name));
    co_return 0;
}

} // namespace

CommandSpec netFlowsCommandSpec()
{
    CommandSpec spec{"flows", "List a box's connections, with traffic and why each is allowed"};
    spec.details =
        "DOWN and UP are bytes as the box sees them. Destinations are shown by the name under which the "
        "box asked for them,\n"
        "where there is one; --json has the addresses and where each name came from, too.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runFlows;
    return spec;
}

} // namespace boxgate::cli
