#include "app/cli/commands/netcommands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/gate/recordtext.h"
#include "app/cli/gate/rulelist.h"
#include "app/cli/humantime.h"
#include "app/cli/signalsource.h"
#include "app/cli/terminal.h"

#include <QCoroTimer>
#include <QElapsedTimer>

#include <csignal>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"apply", 0, nullptr, "Add the rules and switch the network to allowlist at the end"},
    OptionSpec{"exact", 0, nullptr, "One rule for each host: no wildcards, no networks"},
    OptionSpec{"json", 0, nullptr, "Print JSON"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes}, ArgumentSpec{"TIME"}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net record web 10m > web.rules",
                "Which rules does it need? Read them before you use them"},
    ExampleSpec{"boxgate net record --apply web 90s", "Allow just what it does in the next 90 seconds"},
};
/// How soon a signal is followed.
constexpr std::chrono::milliseconds LookInterval{100};
/// How often what was seen is asked for, so that it is not lost with the runner.
constexpr std::chrono::seconds AskInterval{2};
/// The runner closes the network by itself so much after the time: the last answers come, and rules are
/// added, while it is open.
constexpr std::chrono::seconds RunnerGrace{10};

/// What the recording works on.
struct Job
{
    CommandContext *context = nullptr;
    RunningBox running;
    std::chrono::seconds time{0};
    NetworkMode before = NetworkMode::Open; ///< as it is stored
    QStringList rules; ///< there before

    const QString &name() const { return running.box.spec.name; }
};

/// Opens the network, which the runner closes when this process is gone, however it went.
Async<void> openNetwork(Job *job)
{
    const NetworkSpec &network = job->running.box.spec.network;
    job->before = network.mode;
    job->rules = network.allowNet;
    const Result<void> opened = co_await job->running.handle->openNetwork(job->time + RunnerGrace);
    BOXGATE_CO_TRY(opened);
    co_return {};
}

/// Adds rules and switches to allowlist. Whoever has changed the mode meanwhile knew why: then it stays.
Async<void> applyRules(Job *job, QStringList added)
{
    const NetworkEdit edit = [job, added](NetworkSpec &network) -> Result<void> {
        if (network.mode == job->before)
            network.mode = NetworkMode::Allowlist;
        const Result<QStringList> done = addRules(network, added);
        BOXGATE_TRY(done);
        return {};
    };
    const Result<NetworkSpec> applied =
        co_await job->context->operations().changeNetwork(job->running.box.id, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(applied);
    co_return {};
}

void showProgress(const Job &job, std::chrono::seconds left, qsizetype destinations)
{
    if (!isTerminal(StandardStream::Error))
        return;
    // Return to the first column, and clear to the end of the line (ECMA-48 EL).
    job.context->output().note(
        QStringLiteral("\r\033[KBox %1: its network is open for %2 more, %3 destinations so far ...")
            .arg(job.name(), durationToDisplay(left))
            .arg(destinations));
}

/// Waits and asks what the box does, until the time is over, a signal came or the runner went away.
Async<Recording> watch(Job *job, QList<NetDestination> before, const bool *isInterrupted)
{
    Recording recording;
    const std::shared_ptr<BoxHandle> handle = job->running.handle;
    QElapsedTimer elapsed;
    elapsed.start();
    const auto lasted = [&elapsed] { return std::chrono::seconds(elapsed.elapsed() / 1000); };
    std::chrono::seconds nextAsk{0};
    while (lasted() < job->time && !*isInterrupted && handle->isOpen()) {
        if (lasted() >= nextAsk) {
            nextAsk = lasted() + AskInterval;
            const Result<QList<NetDestination>> now = co_await handle->destinations();
            if (now)
                recording.destinations = destinationsSince(before, *now);
        }
        showProgress(*job, job->time - lasted(), recording.destinations.size());
        co_await QCoro::sleepFor(LookInterval);
    }
    recording.lasted = lasted();
    const Result<QList<NetDestination>> last = co_await handle->destinations();
    if (last)
        recording.destinations = destinationsSince(before, *last);
    if (*isInterrupted)
        recording.end = RecordEnd::Interrupted;
    else if (!last)
        recording.end = RecordEnd::ConnectionLost;
    if (isTerminal(StandardStream::Error))
        job->context->output().note(QStringLiteral("\r\033[K"));
    co_return recording;
}

/// Says what came of it. Returns  the exit status
int report(const Job &job, const Recording &recording, const QList<RecordedRule> &rules)
{
    Output &output = job.context->output();
    if (job.context->arguments().has("json"))
        output.printJson(recordJson(job.name(), recording, rules));
    else
        output.print(recordText(job.name(), recording, rules));
    const bool applies = job.context->arguments().has("apply");
    switch (recording.end) {
    case RecordEnd::InTime:
        return 0;
    case RecordEnd::Interrupted:
        output.note(
            QStringLiteral("Interrupted: the network is %1 again%2\n")
                .arg(toString(job.before), applies ? QStringLiteral(", and no rule was added") : QString()));
        return ExitStatus::OfSignal + SIGINT;
    case RecordEnd::ConnectionLost:
        break;
    }
    output.complain(
        QStringLiteral("Box %1 ended, or its runner does not answer any more: the rules are those of "
                       "what was seen until then%2, and its network is %3 again")
            .arg(job.name(), applies ? QStringLiteral(", none of them was added") : QString(),
                 toString(job.before)));
    return ExitStatus::BoxgateFailed;
}

Async<int> runRecord(CommandContext *context)
{
    Job job;
    job.context = context;
    const Result<std::chrono::seconds> time = durationFromText(context->arguments().word("TIME"));
    BOXGATE_CO_TRY(time);
    job.time = *time;
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    job.running = *opened;
    const Result<QList<NetDestination>> before = co_await job.running.handle->destinations();
    BOXGATE_CO_TRY(before);
    // From here on a signal only ends the recording, and what was seen is told.
    bool isInterrupted = false;
    const SignalSource interrupts({SIGINT, SIGTERM, SIGHUP});
    QObject::connect(&interrupts, &SignalSource::received, &interrupts,
                     [&isInterrupted] { isInterrupted = true; });
    const Result<void> open = co_await openNetwork(&job);
    BOXGATE_CO_TRY(open);
    const Result<Recording> recording = co_await watch(&job, *before, &isInterrupted);
    const RuleWidth width = context->arguments().has("exact") ? RuleWidth::Exact : RuleWidth::Grouped;
    BOXGATE_CO_TRY(recording);
    const QList<RecordedRule> rules = recordedRules(recording->destinations, job.rules, width);
    Result<void> applied;
    if (context->arguments().has("apply") && recording->end == RecordEnd::InTime) {
        QStringList added;
        for (const RecordedRule &rule : rules)
            added.append(rule.rule);
        applied = co_await applyRules(&job, added);
    }
    // Without an answer the runner is gone, or closes the network in time.
    (void)co_await job.running.handle->closeNetwork();
    if (!applied) // the rules are still of use
        context->output().print(recordText(job.name(), *recording, rules));
    BOXGATE_CO_TRY(applied);
    co_return report(job, *recording, rules);
}

} // namespace

CommandSpec netRecordCommandSpec()
{
    CommandSpec spec{"record", "Open a box's network for a time, then print the rules it would have needed"};
    spec.details =
        "Afterwards the network is as it was, also after Ctrl-C, and connections that it would not let in "
        "are ended. Rules name\n"
        "hosts where the box asked for a name. Many hosts below one domain become a wildcard, many "
        "addresses side by side a\n"
        "network: they allow more than was seen, so read them, or use --exact. The output can be given "
        "to\n"
        "'boxgate net rules --import'. Rules that are there already are not repeated. The box's runner "
        "holds the network\n"
        "open, and closes it when this command is gone, however that was. The stored network stays as it "
        "is.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRecord;
    return spec;
}

} // namespace boxgate::cli
