#include "app/cli/boxspecoptions.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"

namespace boxgate::cli {

namespace {

constexpr std::array ShowOptions{OptionSpec{"json", 0, nullptr, "Print JSON; that is what it does anyway"}};
constexpr std::array ShowArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array ModeArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                   ArgumentSpec{"open|allowlist|off"}};
constexpr std::array HostArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                   ArgumentSpec{"open|off|PORTS"}};
constexpr std::array ModeExamples{
    ExampleSpec{"boxgate net mode web off", "Cut the network of a running box at once"},
    ExampleSpec{"boxgate net mode web open", "And give it back"},
};
constexpr std::array HostExamples{
    ExampleSpec{"boxgate net host-loopback web 8081", "Let it reach one service on this host only"}};
constexpr std::array ShowExamples{ExampleSpec{"boxgate net show web", "What may this box reach?"}};

Async<int> runShow(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(context->arguments().word("BOX"));
    BOXGATE_CO_TRY(box);
    QJsonObject object = box->spec.network.toJson();
    object.insert(QStringLiteral("exposes_host_loopback"), box->spec.network.exposesLoopback());
    context->output().printJson(object);
    co_return 0;
}

Async<int> change(CommandContext *context, BoxSummary box, NetworkSpec network)
{
    const Result<void> applied = co_await context->operations().setNetwork(box.id, network);
    BOXGATE_CO_TRY(applied);
    context->output().print(box.spec.name + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runMode(CommandContext *context)
{
    const Result<NetworkMode> mode = networkModeFromString(context->arguments().word("open|allowlist|off"));
    BOXGATE_CO_TRY(mode);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(context->arguments().word("BOX"));
    BOXGATE_CO_TRY(box);
    NetworkSpec network = box->spec.network;
    network.mode = *mode;
    const Result<int> status = co_await change(context, *box, network);
    co_return status;
}

Async<int> runHostLoopback(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(context->arguments().word("BOX"));
    BOXGATE_CO_TRY(box);
    NetworkSpec network = box->spec.network;
    const Result<void> read = readHostLoopback(context->arguments().word("open|off|PORTS"), network);
    BOXGATE_CO_TRY(read);
    const Result<int> status = co_await change(context, *box, network);
    co_return status;
}

std::array<CommandSpec, 3> subcommands()
{
    CommandSpec show{"show", "Show a box's network specification, as JSON"};
    show.options = ShowOptions;
    show.arguments = ShowArguments;
    show.examples = ShowExamples;
    show.function = runShow;
    CommandSpec mode{"mode", "Switch a box's network: open, allowlist or off"};
    mode.details = "On a running box it holds at once, for connections that are open, too. A box that was "
                   "started with its network\n"
                   "off has no interface: restart it to add one.";
    mode.arguments = ModeArguments;
    mode.examples = ModeExamples;
    mode.function = runMode;
    CommandSpec host{"host-loopback", "Choose which services on this host's 127.0.0.1 a box reaches"};
    host.arguments = HostArguments;
    host.examples = HostExamples;
    host.function = runHostLoopback;
    return {show, mode, host};
}

} // namespace

CommandSpec netCommandSpec()
{
    static const std::array verbs = subcommands();
    CommandSpec spec{"net", "Show and change what a box may reach"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
