#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/networkoptions.h"
#include "app/cli/loopbackwarning.h"

namespace boxgate::cli {

namespace {

constexpr std::array ModeOptions{
    OptionSpec{"close", 0, nullptr, "End the connections that the new mode would not let in"},
};
constexpr std::array ModeArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                   ArgumentSpec{"open|allowlist|off"}};
constexpr std::array HostArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                   ArgumentSpec{"open|off|PORTS"}};
constexpr std::array ModeExamples{
    ExampleSpec{"boxgate net mode web off", "Cut the network of a running box at once"},
    ExampleSpec{"boxgate net mode web allowlist --close", "Only what the rules allow, from now on"},
};
constexpr std::array HostExamples{
    ExampleSpec{"boxgate net host-loopback web 8081", "Let it reach one service on this host only"}};

Async<int> runMode(CommandContext *context)
{
    const Result<NetworkMode> mode = networkModeFromString(context->arguments().word("open|allowlist|off"));
    BOXGATE_CO_TRY(mode);
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const NetworkEdit edit = [wanted = *mode](NetworkSpec &network) -> Result<void> {
        network.mode = wanted;
        return {};
    };
    const ExistingFlows existing =
        context->arguments().has("close") ? ExistingFlows::Close : ExistingFlows::Keep;
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, existing);
    BOXGATE_CO_TRY(stored);
    if (stored->mode == NetworkMode::Allowlist && stored->allowNet.isEmpty()) {
        context->output().note(
            QStringLiteral(
                "Box %1 has no rules, so it reaches nothing: 'boxgate net allow %1 RULE' adds one\n")
                .arg(box->spec.name));
    }
    co_return 0;
}

Async<int> runHostLoopback(CommandContext *context)
{
    NetworkSpec wanted;
    const Result<void> read = readHostLoopback(context->arguments().word("open|off|PORTS"), wanted);
    BOXGATE_CO_TRY(read);
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const NetworkEdit edit = [wanted](NetworkSpec &network) -> Result<void> {
        network.hostLoopback = wanted.hostLoopback;
        network.hostLoopbackPorts = wanted.hostLoopbackPorts;
        return {};
    };
    // What is closed is closed: a connection to a database that goes on is what nobody wants here.
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, ExistingFlows::Close);
    BOXGATE_CO_TRY(stored);
    if (stored->hostLoopback == HostLoopback::Open)
        warnOfLoopback(context->output(), box->spec.name, *stored);
    co_return 0;
}

} // namespace

CommandSpec netModeCommandSpec()
{
    CommandSpec spec{"mode", "Switch a box's network: open, allowlist or off"};
    spec.details =
        "On a running box it holds from the next packet on. Off cuts connections that are open, too; "
        "with allowlist they\n"
        "go on unless --close is given. A box that was started with its network off has no "
        "interface: restart it to\n"
        "add one.";
    spec.options = ModeOptions;
    spec.arguments = ModeArguments;
    spec.examples = ModeExamples;
    spec.function = runMode;
    return spec;
}

CommandSpec netHostLoopbackCommandSpec()
{
    CommandSpec spec{"host-loopback", "Choose which services on this host's 127.0.0.1 a box reaches"};
    spec.details =
        "Connections to services that it no longer reaches are ended. 'boxgate net exposure' lists "
        "what it reaches now.";
    spec.arguments = HostArguments;
    spec.examples = HostExamples;
    spec.function = runHostLoopback;
    return spec;
}

} // namespace boxgate::cli
