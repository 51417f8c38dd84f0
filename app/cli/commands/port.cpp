#include "app/cli/commands/commands.h"
#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/gate/portselector.h"
#include "app/cli/loopbackwarning.h"

namespace boxgate::cli {

namespace {

constexpr std::array ListOptions{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array ListArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array AddArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                  ArgumentSpec{"[[BIND:]HOST:]GUEST[/udp]", Arity::OneOrMore}};
constexpr std::array RemoveArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                     ArgumentSpec{"PORT", Arity::OneOrMore, Words::Ports}};
constexpr std::array ListExamples{
    ExampleSpec{"boxgate port ls web", "Which ports of this host lead into the box?"},
};
constexpr std::array AddExamples{
    ExampleSpec{"boxgate port add web 8080:80", "127.0.0.1:8080 of this host leads to port 80 in the box"},
    ExampleSpec{"boxgate port add web 80 5353:53/udp", "A free port to its port 80, and one of UDP"},
    ExampleSpec{"boxgate port add web 0.0.0.0:8080:80", "The same for other machines"},
};
constexpr std::array RemoveExamples{
    ExampleSpec{"boxgate port rm web 8080", "Close it again"},
};

Async<QList<NetPort>> askPorts(RunningBox running)
{
    QList<NetPort> ports;
    if (running.handle) {
        const Result<QList<NetPort>> open = co_await running.handle->ports();
        co_return open;
    }
    for (const PortMapping &map : running.box.spec.network.ports) {
        NetPort port;
        port.map = map;
        ports.append(port);
    }
    co_return ports;
}

Async<int> runList(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    const Result<QList<NetPort>> ports = co_await askPorts(*opened);
    BOXGATE_CO_TRY(ports);
    if (context->arguments().has("json"))
        context->output().printJson(toJsonArray(*ports));
    else
        printTable(context->output(), portsTable(*ports),
                   QStringLiteral("Box %1 publishes no port").arg(opened->box.spec.name));
    co_return 0;
}

void printPorts(Output &output, const QList<PortMapping> &ports)
{
    for (const PortMapping &port : ports)
        output.print(portText(port) + QLatin1Char('\n'));
}

/// Of the maps that were added, what they are now: an automatic one has its port then.
Async<QList<PortMapping>> openPorts(CommandContext *context, BoxSummary box, QList<PortMapping> before,
                                    QList<PortMapping> added)
{
    const Result<std::shared_ptr<BoxHandle>> handle = co_await context->operations().connect(box.id);
    if (!handle)
        co_return added; // it does not run
    const Result<QList<NetPort>> ports = co_await (*handle)->ports();
    BOXGATE_CO_TRY(ports);
    QList<PortMapping> open;
    for (const NetPort &port : *ports) {
        PortMapping asSpecified = port.map;
        asSpecified.hostPort = 0;
        const bool isNew = added.contains(port.map) || added.contains(asSpecified);
        if (isNew && !before.contains(port.map))
            open.append(port.map);
    }
    co_return open;
}

Async<int> runAdd(CommandContext *context)
{
    QList<PortMapping> added;
    for (const QString &word : context->arguments().words("[[BIND:]HOST:]GUEST[/udp]")) {
        const Result<PortMapping> port = PortMapping::parse(word);
        BOXGATE_CO_TRY(port);
        added.append(*port);
    }
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    const BoxSummary box = opened->box;
    const Result<QList<NetPort>> ports = co_await askPorts(*opened);
    BOXGATE_CO_TRY(ports);
    QList<PortMapping> before;
    for (const NetPort &port : *ports)
        before.append(port.map);
    const NetworkEdit edit = [added](NetworkSpec &network) -> Result<void> {
        network.ports += added;
        return {};
    };
    const Result<NetworkSpec> stored =
        co_await context->operations().changeNetwork(box.id, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(stored);
    context->output().note(publishWarning(box.spec.name, added));
    const Result<QList<PortMapping>> open = co_await openPorts(context, box, before, added);
    BOXGATE_CO_TRY(open);
    printPorts(context->output(), *open);
    co_return 0;
}

Async<int> runRemove(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    const Result<QList<NetPort>> ports = co_await askPorts(*opened);
    BOXGATE_CO_TRY(ports);
    QList<PortMapping> open;
    for (const NetPort &port : *ports)
        open.append(port.map);
    const QStringList words = context->arguments().words("PORT");
    const auto removed = std::make_shared<QList<PortMapping>>();
    const NetworkEdit edit = [words, open, removed](NetworkSpec &network) -> Result<void> {
        const Result<QList<PortMapping>> taken = removePorts(network.ports, open, words);
        BOXGATE_TRY(taken);
        *removed = *taken;
        return {};
    };
    const Result<NetworkSpec> stored =
        co_await context->operations().changeNetwork(opened->box.id, edit, ExistingFlows::Close);
    BOXGATE_CO_TRY(stored);
    printPorts(context->output(), *removed);
    co_return 0;
}

std::array<CommandSpec, 3> subcommands()
{
    CommandSpec list{"ls", "List the ports of this host that lead into a box"};
    list.options = ListOptions;
    list.arguments = ListArguments;
    list.examples = ListExamples;
    list.function = runList;
    CommandSpec add{"add", "Lead ports of this host into a box"};
    add.details =
        "GUEST is the port in the box, HOST the one here; without HOST any free one is taken and printed. "
        "BIND is the\n"
        "address here, 127.0.0.1 unless given: 0.0.0.0 lets other machines in. A running box has them at "
        "once, all or none.";
    add.arguments = AddArguments;
    add.examples = AddExamples;
    add.function = runAdd;
    CommandSpec remove{"rm", "Close ports of this host that lead into a box"};
    remove.details =
        "PORT is HOST or [BIND:]HOST[:GUEST], each with /udp for one of UDP. Connections through it are "
        "ended.";
    remove.arguments = RemoveArguments;
    remove.examples = RemoveExamples;
    remove.function = runRemove;
    return {list, add, remove};
}

} // namespace

CommandSpec portCommandSpec()
{
    static const std::array verbs = subcommands();
    CommandSpec spec{"port", "List and change the ports of this host that lead into a box"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
