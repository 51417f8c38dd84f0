#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/humantime.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"since", 0, "TIME", "How far back, such as 90m, 24h or 7d (default 24h)"},
    OptionSpec{"json", 0, nullptr, "Print JSON"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net history --since 7d web", "With whom did it exchange most in the last week?"},
};

QJsonArray jsonOf(const QList<HistoryTotal> &totals)
{
    QJsonArray array;
    for (const HistoryTotal &total : totals) {
        // The fields of a minute, but for its time.
        NetMinute sum;
        sum.peer = total.peer;
        sum.traffic = total.traffic;
        sum.flows = total.flows;
        sum.blocked = total.blocked;
        QJsonObject object = sum.toJson();
        object.remove(QStringLiteral("minute"));
        object.insert(QStringLiteral("last_minute"),
                      QDateTime::fromSecsSinceEpoch(total.lastMinute, Qt::UTC).toString(Qt::ISODate));
        array.append(object);
    }
    return array;
}

Async<int> runHistory(CommandContext *context)
{
    const Result<std::chrono::seconds> back =
        durationFromText(context->arguments().value("since", QStringLiteral("24h")));
    if (!back)
        co_return fail(back.error().in(QStringLiteral("--since")));
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QDateTime since = now.addSecs(-back->count());
    const Result<QList<NetMinute>> minutes = co_await context->operations().trafficHistory(box->id, since);
    BOXGATE_CO_TRY(minutes);
    const QList<HistoryTotal> totals = historyTotals(*minutes);
    if (context->arguments().has("json"))
        context->output().printJson(jsonOf(totals));
    else
        printTable(context->output(), historyTable(totals, now),
                   QStringLiteral("Box %1 has exchanged nothing in this time").arg(box->spec.name));
    co_return 0;
}

} // namespace

CommandSpec netHistoryCommandSpec()
{
    CommandSpec spec{"history", "Show what a box exchanged with whom over the last hours or days"};
    spec.details =
        "Kept for 30 days, over restarts, until the box is removed. The present minute is not in it yet.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runHistory;
    return spec;
}

} // namespace boxgate::cli
