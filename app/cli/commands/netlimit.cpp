#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/networkoptions.h"
#include "app/cli/gate/networksummary.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"sent", 0, "RATE|off", "Bytes per second that the box may send, such as 1m"},
    OptionSpec{"received", 0, "RATE|off", "Bytes per second that it may receive, such as 512k"},
    OptionSpec{"off", 0, nullptr, "No limit either way"},
    OptionSpec{"json", 0, nullptr, "Print the limits as JSON"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net limit --sent 1m web", "Let it upload at most 1 MiB each second"},
    ExampleSpec{"boxgate net limit --off web", "Let it go as fast as it can"},
    ExampleSpec{"boxgate net limit web", "Which limits does it have?"},
};

/// What the command line says about one direction; nothing when it does not name it.
Result<std::optional<quint64>> rateOf(const Arguments &arguments, const char *option)
{
    if (!arguments.has(option))
        return std::nullopt;
    const Result<quint64> rate = rateFromText(arguments.value(option));
    if (!rate)
        return fail(rate.error().in(QStringLiteral("--%1").arg(QLatin1String(option))));
    return *rate;
}

void print(CommandContext *context, const RateLimits &limits)
{
    if (!context->arguments().has("json")) {
        context->output().print(limitsText(limits) + QLatin1Char('\n'));
        return;
    }
    NetworkSpec network;
    network.limits = limits;
    context->output().printJson(network.toJson().value(QStringLiteral("limits")).toObject());
}

Async<int> runLimit(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    const Result<std::optional<quint64>> sent = rateOf(arguments, "sent");
    BOXGATE_CO_TRY(sent);
    const Result<std::optional<quint64>> received = rateOf(arguments, "received");
    BOXGATE_CO_TRY(received);
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const bool isOff = arguments.has("off");
    if (!isOff && !*sent && !*received) {
        print(context, box->spec.network.limits);
        co_return 0;
    }
    const NetworkEdit edit = [isOff, sent = *sent,
                              received = *received](NetworkSpec &network) -> Result<void> {
        if (isOff)
            network.limits = RateLimits();
        if (sent)
            network.limits.sentBytesPerSecond = *sent;
        if (received)
            network.limits.receivedBytesPerSecond = *received;
        return {};
    };
    const Result<NetworkSpec> stored =
        co_await context->operations().changeNetwork(box->id, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(stored);
    print(context, stored->limits);
    co_return 0;
}

} // namespace

CommandSpec netLimitCommandSpec()
{
    CommandSpec spec{"limit", "Limit how fast a box sends and receives"};
    spec.details =
        "Units are powers of 1024: 1m is 1 MiB per second. On a running box it holds at once. Without an "
        "option it prints the\n"
        "limits.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runLimit;
    return spec;
}

} // namespace boxgate::cli
