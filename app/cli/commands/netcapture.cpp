#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/networksummary.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print its state as JSON"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                ArgumentSpec{"on|off", Arity::Optional}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net capture web on", "Write its packets to a file from now on"},
    ExampleSpec{"boxgate net capture web", "How much is written, and where?"},
};

Async<int> setCapture(CommandContext *context, QString word)
{
    if (word != QLatin1String("on") && word != QLatin1String("off")) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("'%1' is neither on nor off").arg(word.left(40)));
    }
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const NetworkEdit edit = [isOn = word == QLatin1String("on")](NetworkSpec &network) -> Result<void> {
        network.capture = isOn;
        return {};
    };
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(stored);
    co_return 0;
}

Async<int> runCapture(CommandContext *context)
{
    if (const QString word = context->arguments().word("on|off"); !word.isEmpty()) {
        const Result<int> set = co_await setCapture(context, word);
        co_return set;
    }
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    NetCapture capture;
    if (opened->handle) {
        const Result<NetCapture> asked = co_await opened->handle->capture();
        BOXGATE_CO_TRY(asked);
        capture = *asked;
    }
    if (context->arguments().has("json")) {
        context->output().printJson(capture.toJson());
        co_return 0;
    }
    const bool begins = !opened->handle && opened->box.spec.network.capture;
    context->output().print((begins ? QStringLiteral("on from the next start") : captureText(capture))
                            + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec netCaptureCommandSpec()
{
    CommandSpec spec{"capture", "Write a box's packets to a file, or say how much is written and where"};
    spec.details =
        "The file is pcapng, which Wireshark and tcpdump read; a packet that the gate blocked has the "
        "reason as its comment.\n"
        "It is bounded: a full one is closed. Whoever can read it reads what the box sent and received.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runCapture;
    return spec;
}

} // namespace boxgate::cli
