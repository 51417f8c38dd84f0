#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/eventtext.h"
#include "app/cli/gate/netjson.h"

#include <QCoroTimer>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"follow", 'f', nullptr, "Go on as things happen, until the box ends"},
    OptionSpec{"since", 0, "NUMBER|TIME",
               "Only after the event of this number, or since a time ago such as 10m"},
    OptionSpec{"tail", 'n', "EVENTS", "Only the last ones"},
    OptionSpec{"blocked", 0, nullptr, "Only what did not pass"},
    OptionSpec{"json", 0, nullptr, "Print JSON: an object for each event, one a line"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net log -f web", "Watch what it does on the network"},
    ExampleSpec{"boxgate net log --blocked --since 10m web", "What did not pass lately?"},
};
/// How soon the end of the box or of the reader is noticed.
constexpr std::chrono::milliseconds LookInterval{200};

struct Choice
{
    EventRange range;
    qsizetype last = -1; ///< -1: all
    bool onlyBlocked = false;
    bool asJson = false;
};

Result<Choice> readChoice(const Arguments &arguments)
{
    Choice choice;
    choice.onlyBlocked = arguments.has("blocked");
    choice.asJson = arguments.has("json");
    if (arguments.has("since")) {
        const Result<EventRange> range =
            EventRange::parse(arguments.value("since"), QDateTime::currentDateTimeUtc());
        if (!range)
            return fail(range.error().in(QStringLiteral("--since")));
        choice.range = *range;
    }
    if (arguments.has("tail")) {
        bool isNumber = false;
        choice.last = arguments.value("tail").toInt(&isNumber);
        if (!isNumber || choice.last < 0) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("--tail: '%1' is not a number of events")
                            .arg(arguments.value("tail").left(40)));
        }
    }
    return choice;
}

/// Prints events, each once and in their order.
class EventPrinter
{
public:
    EventPrinter(Output *output, const Choice &choice)
        : m_output(output)
        , m_choice(choice)
        , m_printed(choice.range.after)
    { }

    /// last   at most so many of the ones that are wanted; -1: all
    void print(const NetEventBatch &batch, qsizetype last)
    {
        QList<NetEvent> wanted;
        for (const NetEvent &event : batch.events) {
            if (event.sequence <= m_printed)
                continue;
            m_printed = event.sequence;
            if (m_choice.range.contains(event) && (!m_choice.onlyBlocked || isBlocked(event)))
                wanted.append(event);
        }
        if (batch.lost > 0)
            m_output->note(QStringLiteral("%1 events are not kept any more\n").arg(batch.lost));
        if (last >= 0)
            wanted = wanted.mid(std::max<qsizetype>(0, wanted.size() - last));
        for (const NetEvent &event : std::as_const(wanted)) {
            if (m_choice.asJson)
                m_output->printJsonLine(withIsoTimes(event.toJson()));
            else
                m_output->print(eventText(event) + QLatin1Char('\n'));
        }
    }

private:
    Output *m_output;
    const Choice m_choice;
    quint64 m_printed; ///< up to this number
};

/// Subscribes first: what happens while the past is read comes by itself, and is printed after it.
Async<void> follow(CommandContext *context, std::shared_ptr<BoxHandle> handle, EventPrinter *printer,
                   Choice choice)
{
    NetEventBatch early;
    bool isPastPrinted = false;
    const auto take = [&early, &isPastPrinted, printer](const NetEventBatch &batch) {
        if (isPastPrinted) {
            printer->print(batch, -1);
            return;
        }
        early.events += batch.events;
        early.lost += batch.lost;
    };
    QObject receiver; // ends the connection with this coroutine
    QObject::connect(handle.get(), &BoxHandle::netEventsReceived, &receiver, take);
    const Result<void> subscribed = co_await handle->subscribeNetEvents();
    BOXGATE_CO_TRY(subscribed);
    const Result<NetEventBatch> past = co_await handle->netEvents(choice.range.after);
    BOXGATE_CO_TRY(past);
    printer->print(*past, choice.last);
    printer->print(early, -1);
    isPastPrinted = true;
    while (handle->isOpen() && !context->output().isBroken())
        co_await QCoro::sleepFor(LookInterval);
    co_return {};
}

Async<int> runLog(CommandContext *context)
{
    const Result<Choice> choice = readChoice(context->arguments());
    BOXGATE_CO_TRY(choice);
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    EventPrinter printer(&context->output(), *choice);
    if (context->arguments().has("follow")) {
        const Result<void> followed = co_await follow(context, opened->handle, &printer, *choice);
        BOXGATE_CO_TRY(followed);
        co_return 0;
    }
    const Result<NetEventBatch> past = co_await opened->handle->netEvents(choice->range.after);
    BOXGATE_CO_TRY(past);
    printer.print(*past, choice->last);
    co_return 0;
}

} // namespace

CommandSpec netLogCommandSpec()
{
    CommandSpec spec{"log", "Show what a box did on the network: connections, blocked attempts, names"};
    spec.details =
        "The latest events are kept while the box runs. A blocked destination that is tried again and "
        "again is told once\n"
        "a second, with the number of times. --json has the number of each event, for --since.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runLog;
    return spec;
}

} // namespace boxgate::cli
