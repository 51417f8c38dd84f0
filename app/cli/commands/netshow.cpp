#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/networksummary.h"
#include "app/cli/terminal.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"json", 0, nullptr, "Print the specification as JSON, with what is live"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net show web", "What may this box reach?"},
    ExampleSpec{"boxgate net show --json web | jq .network > web.json",
                "Keep its network, for 'boxgate create --network-file web.json'"},
};

Async<LiveGate> askGate(std::shared_ptr<BoxHandle> handle)
{
    LiveGate live;
    const Result<QList<NetRuleUse>> rules = co_await handle->ruleUse();
    BOXGATE_CO_TRY(rules);
    live.rules = *rules;
    const Result<QList<NetPort>> ports = co_await handle->ports();
    BOXGATE_CO_TRY(ports);
    live.ports = *ports;
    const Result<NetCapture> capture = co_await handle->capture();
    BOXGATE_CO_TRY(capture);
    live.capture = *capture;
    const Result<RunnerState> state = co_await handle->requestState();
    BOXGATE_CO_TRY(state);
    live.counters = state->counters;
    live.openedUntil = state->openedUntil;
    co_return live;
}

QJsonObject jsonOf(const NetworkSpec &network, const std::optional<LiveGate> &live)
{
    QJsonObject object{{QStringLiteral("network"), network.toJson()},
                       {QStringLiteral("exposes_host_loopback"), network.exposesLoopback()},
                       {QStringLiteral("live"), QJsonValue()}};
    if (live) {
        object.insert(
            QStringLiteral("live"),
            QJsonObject{{QStringLiteral("rules"), toJsonArray(live->rules)},
                        {QStringLiteral("ports"), toJsonArray(live->ports)},
                        {QStringLiteral("capture"), live->capture.toJson()},
                        {QStringLiteral("counters"), live->counters.toJson()},
                        {QStringLiteral("opened_until"), live->openedUntil.toUTC().toString(Qt::ISODate)}});
    }
    return object;
}

Async<int> runShow(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    std::optional<LiveGate> live;
    if (opened->handle) {
        const Result<LiveGate> asked = co_await askGate(opened->handle);
        BOXGATE_CO_TRY(asked);
        live = *asked;
    }
    const NetworkSpec network = opened->box.spec.network;
    if (context->arguments().has("json")) {
        context->output().printJson(jsonOf(network, live));
    } else {
        context->output().print(networkSummary(opened->box.spec.name, network, live,
                                               QDateTime::currentDateTimeUtc(), tableWidth()));
    }
    co_return 0;
}

} // namespace

CommandSpec netShowCommandSpec()
{
    CommandSpec spec{"show", "Show a box's network: mode, rules and their use, ports, limits, traffic"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runShow;
    return spec;
}

} // namespace boxgate::cli
