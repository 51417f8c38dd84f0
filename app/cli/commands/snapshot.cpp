#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/humantime.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

constexpr std::array JsonOptions{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array CreateArguments{ArgumentSpec{"BOX", Arity::One, Words::EndedBoxes},
                                     ArgumentSpec{"NAME", Arity::Optional}};
constexpr std::array ListArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array NameArguments{ArgumentSpec{"BOX", Arity::One, Words::EndedBoxes},
                                   ArgumentSpec{"SNAPSHOT", Arity::One, Words::Snapshots}};
constexpr std::array CreateExamples{
    ExampleSpec{"boxgate snapshot create web clean", "Keep its disk as it is now"}};
constexpr std::array ListExamples{ExampleSpec{"boxgate snapshot ls web", "Name, age and size of each"}};
constexpr std::array RestoreExamples{ExampleSpec{"boxgate snapshot restore web clean", "Back to that disk"}};
constexpr std::array RemoveExamples{ExampleSpec{"boxgate snapshot rm web clean", "Forget it"}};

QJsonObject toJson(const Snapshot &snapshot, Bytes size)
{
    return {{QStringLiteral("name"), snapshot.name},
            {QStringLiteral("created_at"), snapshot.createdAt.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("size_bytes"), qint64(size.count())},
            {QStringLiteral("spec"), snapshot.spec.toJson()}};
}

Async<int> runCreate(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const Result<Snapshot> made =
        co_await context->disks().createSnapshot(box->id, context->arguments().word("NAME"));
    BOXGATE_CO_TRY(made);
    if (context->arguments().has("json"))
        context->output().printJson(QJsonObject{{QStringLiteral("name"), made->name}});
    else
        context->output().print(made->name + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runList(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const Result<QList<SnapshotSummary>> snapshots = context->disks().snapshots(box->id);
    BOXGATE_CO_TRY(snapshots);
    if (context->arguments().has("json")) {
        QJsonArray array;
        for (const SnapshotSummary &summary : *snapshots)
            array.append(toJson(summary.snapshot, summary.size));
        context->output().printJson(array);
        co_return 0;
    }
    TextTable table({QStringLiteral("NAME"), QStringLiteral("CREATED"), QStringLiteral("SIZE")});
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const SnapshotSummary &summary : *snapshots)
        table.addRow(
            {summary.snapshot.name, agoToDisplay(summary.snapshot.createdAt, now), summary.size.toDisplay()});
    context->output().print(table.toString({}, tableWidth()));
    co_return 0;
}

Async<int> runRestore(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const QString name = context->arguments().word("SNAPSHOT");
    const Result<void> restored = co_await context->disks().restore(box->id, name);
    BOXGATE_CO_TRY(restored);
    context->output().print(box->spec.name + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runRemove(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const QString name = context->arguments().word("SNAPSHOT");
    const Result<void> removed = co_await context->disks().removeSnapshot(box->id, name);
    BOXGATE_CO_TRY(removed);
    context->output().print(name + QLatin1Char('\n'));
    co_return 0;
}

std::array<CommandSpec, 4> subcommands()
{
    CommandSpec create{"create", "Keep the disk of a box that does not run, as it is now"};
    create.details =
        "Takes no time and no space: what the box writes from now on goes elsewhere. The options of the "
        "box are kept with\n"
        "it. Without NAME it is called s1, s2, ... A box has at most 32.";
    create.options = JsonOptions;
    create.arguments = CreateArguments;
    create.examples = CreateExamples;
    create.function = runCreate;
    CommandSpec list{"ls", "List the snapshots of a box"};
    list.details = "SIZE is what was written between a snapshot and the one before it.";
    list.options = JsonOptions;
    list.arguments = ListArguments;
    list.examples = ListExamples;
    list.function = runList;
    CommandSpec restore{"restore", "Put a box's disk back to a snapshot"};
    restore.details =
        "What was written since the last snapshot is lost; take one first to keep it. The options of the "
        "box stay as they are.";
    restore.arguments = NameArguments;
    restore.examples = RestoreExamples;
    restore.function = runRestore;
    CommandSpec remove{"rm", "Remove a snapshot"};
    remove.details = "The box's disk does not change. What only the snapshot had is freed.";
    remove.arguments = NameArguments;
    remove.examples = RemoveExamples;
    remove.function = runRemove;
    return {create, list, restore, remove};
}

} // namespace

CommandSpec snapshotCommandSpec()
{
    static const std::array verbs = subcommands();
    CommandSpec spec{"snapshot", "Keep states of a box's disk and go back to them"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
