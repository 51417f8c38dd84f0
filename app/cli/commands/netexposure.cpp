#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/gate/nextcommand.h"
#include "app/cli/livesummary.h"
#include "app/cli/terminal.h"
#include "core/exposure/hostlisteners.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON, with the command that closes each"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net exposure web", "Which services on this host's 127.0.0.1 can it reach now?"},
};

QJsonArray jsonOf(const QString &boxName, const QList<HostListener> &reached)
{
    QJsonArray array;
    for (const HostListener &one : reached) {
        array.append(QJsonObject{
            {QStringLiteral("protocol"), toString(one.protocol)},
            {QStringLiteral("address"), one.address.toString()},
            {QStringLiteral("port"), one.port},
            {QStringLiteral("process"), one.processName.isEmpty() ? QJsonValue() : one.processName},
            {QStringLiteral("pid"), one.pid > 0 ? QJsonValue(one.pid) : QJsonValue()},
            {QStringLiteral("service"), one.service.isEmpty() ? QJsonValue() : one.service},
            {QStringLiteral("sensitive"), one.sensitive},
            {QStringLiteral("close_command"), closeCommand(boxName, one, reached)}});
    }
    return array;
}

Async<int> runExposure(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    HostListeners source;
    const Result<QList<HostListener>> listeners = source.current();
    BOXGATE_CO_TRY(listeners);
    // Another box's published port answers on the loopback, too.
    const Result<QList<BoxSummary>> boxes = co_await liveBoxes(context->paths(), &context->directory());
    BOXGATE_CO_TRY(boxes);
    QList<PortMapping> published;
    for (const BoxSummary &one : *boxes)
        published += one.ports;
    const QList<HostListener> reached = exposureOf(box->spec.network, *listeners, published);
    if (context->arguments().has("json")) {
        context->output().printJson(jsonOf(box->spec.name, reached));
        co_return 0;
    }
    const RunsNow runs = box->hasRunner() ? RunsNow::Yes : RunsNow::No;
    context->output().print(exposureText(box->spec.name, box->spec.network, reached, runs, tableWidth()));
    co_return 0;
}

} // namespace

CommandSpec netExposureCommandSpec()
{
    CommandSpec spec{"exposure", "List which services on this host's 127.0.0.1 a box can reach now"};
    spec.details =
        "A box reaches them as host.boxlite.internal, whatever its rules are: 'boxgate net host-loopback' "
        "is the setting\n"
        "for them. SENSITIVE marks services that usually give away data or control. A process of another "
        "user has no\n"
        "name here.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runExposure;
    return spec;
}

} // namespace boxgate::cli
