#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/gate/nextcommand.h"
#include "app/cli/terminal.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net blocked web", "What did it try in vain, and how would I allow it?"},
};

QJsonArray jsonOf(const BoxSummary &box, const QList<NetBlocked> &blocked)
{
    QJsonArray array;
    for (const NetBlocked &one : blocked) {
        QJsonObject object = withIsoTimes(one.toJson());
        object.insert(QStringLiteral("allow_command"),
                      allowCommand(box.spec.name, box.spec.network, one.reason, one.peer));
        array.append(object);
    }
    return array;
}

Async<int> runBlocked(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    const Result<QList<NetBlocked>> blocked = co_await opened->handle->blocked();
    BOXGATE_CO_TRY(blocked);
    const BoxSummary &box = opened->box;
    Output &output = context->output();
    if (context->arguments().has("json"))
        output.printJson(jsonOf(box, *blocked));
    else if (blocked->isEmpty())
        output.print(QStringLiteral("Nothing of box %1 was blocked\n").arg(box.spec.name));
    else
        output.print(blockedText(box.spec.name, box.spec.network, *blocked, QDateTime::currentDateTimeUtc(),
                                 tableWidth()));
    co_return 0;
}

} // namespace

CommandSpec netBlockedCommandSpec()
{
    CommandSpec spec{"blocked", "List what a box tried and may not, with the command that would allow it"};
    spec.details =
        "Attempts at the same destination are counted together. COUNT is packets: a program that waits "
        "for an answer sends\n"
        "several.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runBlocked;
    return spec;
}

} // namespace boxgate::cli
