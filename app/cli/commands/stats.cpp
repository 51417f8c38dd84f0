#include "app/cli/boxjson.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"
#include "core/client/localboxservice.h"

#include <QCoroSignal>
#include <QCoroTimer>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"no-stream", 0, nullptr, "Print the figures of one second and end"},
    OptionSpec{"json", 0, nullptr, "Print JSON: an object for each box and second, one a line"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::Optional, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate stats", "What the running boxes use, live"},
    ExampleSpec{"boxgate stats --no-stream --json", "Once, for a script"},
};
constexpr std::chrono::seconds Step{1};

struct Figures
{
    BoxSummary box;
    NetSample second; ///< the last one
};

QList<Figures> currentFigures(const LocalBoxService &service, const QString &wanted)
{
    QList<Figures> all;
    const QList<BoxSummary> boxes = service.boxes();
    for (const BoxSummary &box : boxes) {
        if (box.state != BoxState::Running || (!wanted.isEmpty() && box.id.toString() != wanted))
            continue;
        const QList<NetSample> samples = service.samples(box.id);
        all.append(Figures{box, samples.isEmpty() ? NetSample() : samples.last()});
    }
    return all;
}

QString ofTotal(quint64 used, quint64 total)
{
    return total == 0 ? QStringLiteral("-")
                      : Bytes(used).toDisplay() + QStringLiteral(" of ") + Bytes(total).toDisplay();
}

QString tableOf(const QList<Figures> &all)
{
    TextTable table({QStringLiteral("NAME"), QStringLiteral(">CPU"), QStringLiteral(">MEMORY"),
                     QStringLiteral(">DISK"), QStringLiteral(">PROCESSES"), QStringLiteral(">DOWN/S"),
                     QStringLiteral(">UP/S"), QStringLiteral(">DOWN"), QStringLiteral(">UP"),
                     QStringLiteral(">BLOCKED")});
    for (const Figures &figures : all) {
        const BoxUsage &usage = figures.box.usage;
        const NetCounters &counters = figures.box.counters;
        table.addRow({figures.box.spec.name, QString::number(usage.cpuPercent, 'f', 1) + QLatin1Char('%'),
                      ofTotal(usage.memoryUsed, usage.memoryTotal), ofTotal(usage.diskUsed, usage.diskTotal),
                      QString::number(usage.processes), rateToDisplay(double(figures.second.bytesReceived)),
                      rateToDisplay(double(figures.second.bytesSent)),
                      Bytes(counters.bytesReceived).toDisplay(), Bytes(counters.bytesSent).toDisplay(),
                      QString::number(counters.packetsBlocked)});
    }
    return table.toString();
}

QJsonObject jsonOf(const Figures &figures)
{
    return {{QStringLiteral("id"), figures.box.id.toString()},
            {QStringLiteral("name"), figures.box.spec.name},
            {QStringLiteral("usage"), figures.box.usage.toJson()},
            {QStringLiteral("counters"), figures.box.counters.toJson()},
            {QStringLiteral("sample"), figures.second.toJson()}};
}

void print(CommandContext *context, const QList<Figures> &all)
{
    if (context->arguments().has("json")) {
        for (const Figures &figures : all)
            context->output().printJsonLine(jsonOf(figures));
        return;
    }
    const bool redraws = isTerminal(StandardStream::Output) && !context->arguments().has("no-stream");
    // To the upper left corner, and clear from there (ECMA-48 CUP, ED).
    context->output().print((redraws ? QStringLiteral("\033[H\033[J") : QString()) + tableOf(all));
}

Async<int> runStats(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    QString wanted;
    if (const QString word = context->arguments().word("BOX"); !word.isEmpty()) {
        const Result<BoxSummary> box = context->directory().resolve(word);
        BOXGATE_CO_TRY(box);
        if (!box->hasRunner()) {
            co_return fail(
                ErrorCode::Conflict,
                QStringLiteral("Box %1 is not running: 'boxgate start %1' starts it").arg(box->spec.name));
        }
        wanted = box->id.toString();
    }
    LocalBoxService service(context->paths());
    co_await qCoro(&service, &LocalBoxService::ready);
    bool goesOn = true;
    while (goesOn) {
        co_await QCoro::sleepFor(Step);
        const QList<Figures> all = currentFigures(service, wanted);
        print(context, all);
        const bool isOver = !wanted.isEmpty() && all.isEmpty();
        goesOn = !context->arguments().has("no-stream") && !isOver && !context->output().isBroken();
    }
    co_return 0;
}

} // namespace

CommandSpec statsCommandSpec()
{
    CommandSpec spec{"stats", "Show what running boxes use, each second"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runStats;
    return spec;
}

} // namespace boxgate::cli
