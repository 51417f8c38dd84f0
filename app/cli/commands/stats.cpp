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
/// A runner answers in milliseconds; one that hangs must not keep the others' figures back.
constexpr int MaxStepsUnheard = 10;

struct Figures
{
    BoxSummary box;
    NetSample second; ///< the last one
};

QList<Figures> currentFigures(const LocalBoxService &service, const BoxId &wanted)
{
    QList<Figures> all;
    const QList<BoxSummary> boxes = service.boxes();
    for (const BoxSummary &box : boxes) {
        if (box.state != BoxState::Running || (!wanted.isEmpty() && box.id != wanted))
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

/// The box that the argument names; an id that is none when it names no box.
Result<BoxId> wantedBox(CommandContext *context)
{
    const QString word = context->arguments().word("BOX");
    if (word.isEmpty())
        return BoxId();
    const Result<BoxSummary> box = context->directory().resolve(word);
    BOXGATE_TRY(box);
    if (!box->hasRunner()) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("Box %1 is not running: 'boxgate start %1' starts it").arg(box->spec.name));
    }
    return box->id;
}

/// Whether a running box has not told all its figures yet.
bool isIncomplete(const LocalBoxService &service, const BoxId &wanted)
{
    const QList<BoxSummary> boxes = service.boxes();
    return std::any_of(boxes.begin(), boxes.end(), [&](const BoxSummary &box) {
        if (!wanted.isEmpty() && box.id != wanted)
            return false;
        const bool isUnheard = box.hasRunner() && box.runnerPid == 0;
        const bool isUnmeasured = box.state == BoxState::Running && box.usage.memoryTotal == 0;
        return isUnheard || isUnmeasured;
    });
}

Async<int> runStats(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxId> wanted = wantedBox(context);
    BOXGATE_CO_TRY(wanted);
    LocalBoxService service(context->paths());
    co_await qCoro(&service, &LocalBoxService::ready);
    const bool isOnce = context->arguments().has("no-stream");
    for (int step = 1;; ++step) {
        co_await QCoro::sleepFor(Step);
        const std::optional<BoxSummary> box = service.box(*wanted);
        if (!wanted->isEmpty() && (!box || !box->hasRunner()))
            co_return 0;
        const bool isBooting = box && box->state == BoxState::Starting && box->runnerPid > 0;
        const bool isTooEarly = isOnce && step < MaxStepsUnheard && isIncomplete(service, *wanted);
        if (isBooting || isTooEarly)
            continue;
        print(context, currentFigures(service, *wanted));
        if (isOnce || context->output().isBroken())
            co_return 0;
    }
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
