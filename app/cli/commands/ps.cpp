#include "app/cli/boxjson.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/gate/networksummary.h"
#include "app/cli/gate/portselector.h"
#include "app/cli/humantime.h"
#include "app/cli/livesummary.h"
#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"all", 'a', nullptr, "Show boxes that do not run, too"},
    OptionSpec{"quiet", 'q', nullptr, "Print ids only"},
    OptionSpec{"json", 0, nullptr, "Print JSON"},
};
constexpr std::array Examples{
    ExampleSpec{"boxgate ps -a", "All boxes, with why the ended ones ended"},
    ExampleSpec{"boxgate rm -f $(boxgate ps -aq)", "Remove every box"},
};

QString stateText(const BoxSummary &box)
{
    QString text = toString(box.state);
    if (box.state == BoxState::Starting)
        text += QStringLiteral(" (%1)").arg(toString(box.stage));
    else if (box.lastExit && box.lastExit->kind == ExitRecord::Kind::MainCommand)
        text += QStringLiteral(" (%1)").arg(box.lastExit->exitCode);
    else if (!box.problem.isEmpty())
        text += QStringLiteral(" (waits)");
    return text;
}

QString networkText(const BoxSummary &box)
{
    const QString mode = toString(box.spec.network.mode);
    return box.networkWaitsForRestart() ? QStringLiteral("%1 (after restart)").arg(mode) : mode;
}

/// What is open now; of a box that does not run, what will be.
QString portsText(const BoxSummary &box)
{
    QStringList ports;
    for (const PortMapping &port : box.hasRunner() ? box.ports : box.spec.network.ports)
        ports.append(portText(port));
    return ports.join(QStringLiteral(", "));
}

QStringList rowOf(const BoxSummary &box)
{
    const QString none = QStringLiteral("-");
    const bool runs = box.hasRunner();
    QString uptime = none;
    if (box.startedAt.isValid())
        uptime =
            durationToDisplay(std::chrono::seconds(box.startedAt.secsTo(QDateTime::currentDateTimeUtc())));
    return {box.spec.name,
            box.id.toString(),
            stateText(box),
            box.spec.image.toString(),
            networkText(box),
            box.exposesLoopback() ? loopbackText(box.spec.network) : QStringLiteral("off"),
            runs ? Bytes(box.counters.bytesReceived).toDisplay() : none,
            runs ? Bytes(box.counters.bytesSent).toDisplay() : none,
            uptime,
            portsText(box)};
}

void printTable(CommandContext *context, const QList<BoxSummary> &boxes)
{
    TextTable table({QStringLiteral("NAME"), QStringLiteral("ID"), QStringLiteral("STATE"),
                     QStringLiteral("IMAGE"), QStringLiteral("NETWORK"), QStringLiteral("HOST LOOPBACK"),
                     QStringLiteral(">DOWN"), QStringLiteral(">UP"), QStringLiteral(">UPTIME"),
                     QStringLiteral("PORTS")});
    for (const BoxSummary &box : boxes)
        table.addRow(rowOf(box));
    context->output().print(table.toString());
    for (const BoxSummary &box : boxes) {
        if (box.state == BoxState::Failed)
            context->output().print(
                QStringLiteral("%1: %2\n").arg(box.spec.name, printable(box.lastExit->message)));
        else if (!box.problem.isEmpty())
            context->output().print(QStringLiteral("%1: %2\n").arg(box.spec.name, printable(box.problem)));
    }
}

Async<int> runPs(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<QList<BoxSummary>> found = co_await liveBoxes(context->paths(), &context->directory());
    BOXGATE_CO_TRY(found);
    QList<BoxSummary> boxes = *found;
    if (!context->arguments().has("all"))
        boxes.removeIf([](const BoxSummary &box) { return !box.hasRunner(); });
    if (context->arguments().has("quiet")) {
        for (const BoxSummary &box : std::as_const(boxes))
            context->output().print(box.id.toString() + QLatin1Char('\n'));
    } else if (context->arguments().has("json")) {
        QJsonArray array;
        for (const BoxSummary &box : std::as_const(boxes))
            array.append(toJson(box));
        context->output().printJson(array);
    } else {
        printTable(context, boxes);
    }
    co_return 0;
}

} // namespace

CommandSpec psCommandSpec()
{
    CommandSpec spec{"ps", "List the running boxes"};
    spec.details = "DOWN and UP are the bytes of this run, as the box sees them. HOST LOOPBACK says which "
                   "services on this host's\n"
                   "127.0.0.1 the box reaches.";
    spec.options = Options;
    spec.examples = Examples;
    spec.function = runPs;
    return spec;
}

} // namespace boxgate::cli
