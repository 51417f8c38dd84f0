#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/copyplan.h"
#include "app/cli/exitstatus.h"
#include "app/cli/signalsource.h"
#include "app/cli/terminal.h"
#include "app/cli/transferprogress.h"

#include <QFileInfo>
#include <QTimer>

#include <csignal>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"archive", 'a', nullptr, "Keep owners and set-user-id bits"},
    OptionSpec{"follow-link", 'L', nullptr, "When SOURCE is a link, copy what it leads to"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
    OptionSpec{"json", 0, nullptr, "Print what was copied as JSON"},
};
constexpr std::array Positional{ArgumentSpec{"SOURCE", Arity::One, Words::Files},
                                ArgumentSpec{"DESTINATION", Arity::One, Words::Files}};
constexpr std::array Examples{
    ExampleSpec{"boxgate cp project web:/srv", "The folder, as /srv/project when /srv exists"},
    ExampleSpec{"boxgate cp project/. web:/srv", "What is in it, into /srv"},
    ExampleSpec{"boxgate cp web:/var/log/app.log .", "A file out of the box"},
    ExampleSpec{"boxgate cp web:/etc - | tar tv", "As a tar archive on standard output"},
};
constexpr std::chrono::milliseconds ProgressInterval{250};

/// Size of the source where it is one file, for the time left.
Bytes totalOf(const CopyPlan &plan)
{
    const QFileInfo source(plan.host.path);
    const bool isKnown = plan.params.direction == CopyParams::Direction::In
        && plan.host.kind == CopyHost::Kind::Files && source.isFile();
    return Bytes(isKnown ? quint64(source.size()) : 0);
}

void report(CommandContext *context, const tree::Totals &totals)
{
    if (totals.leftOut > 0) {
        context->output().note(
            QStringLiteral("boxgate: %1 devices, sockets, pipes or mounted folders were left out\n")
                .arg(totals.leftOut));
    }
    if (context->arguments().has("json"))
        context->output().printJson(QJsonObject{{QStringLiteral("files"), qint64(totals.files)},
                                                {QStringLiteral("bytes"), qint64(totals.bytes)},
                                                {QStringLiteral("left_out"), qint64(totals.leftOut)}});
}

Async<int> copy(CommandContext *context, std::shared_ptr<BoxHandle> handle, CopyPlan plan)
{
    const bool isQuiet = context->arguments().has("quiet");
    TransferProgress progress(&context->output(), QStringLiteral("Copying"),
                              isQuiet ? Verbosity::Quiet : Verbosity::Normal);
    SignalSource signalSource({SIGINT, SIGTERM, SIGHUP});
    TreeCopy tree(handle, plan.params, plan.host);
    QObject::connect(&signalSource, &SignalSource::received, &tree, &TreeCopy::cancel);
    QTimer timer;
    const Bytes total = totalOf(plan);
    QObject::connect(&timer, &QTimer::timeout, &tree,
                     [&] { progress.show(Bytes(quint64(tree.bytes())), total); });
    timer.start(ProgressInterval);
    const Result<tree::Totals> copied = co_await tree.run();
    timer.stop();
    progress.clear();
    if (signalSource.first())
        co_return ExitStatus::OfSignal + *signalSource.first();
    BOXGATE_CO_TRY(copied);
    report(context, *copied);
    co_return 0;
}

Async<int> runCp(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    const CopyWishes wishes{arguments.has("follow-link"), arguments.has("archive")};
    const Result<CopyPlan> plan = planCopy(arguments.word("SOURCE"), arguments.word("DESTINATION"), wishes);
    BOXGATE_CO_TRY(plan);
    const bool isTar = plan->host.kind == CopyHost::Kind::Tar;
    const bool isOut = plan->params.direction == CopyParams::Direction::Out;
    if (isTar && isTerminal(isOut ? StandardStream::Output : StandardStream::Input)) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("A tar archive is no text: use '-' with a pipe or a file"));
    }
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(plan->box);
    BOXGATE_CO_TRY(box);
    if (!box->hasRunner()) {
        co_return fail(
            ErrorCode::Conflict,
            QStringLiteral("Box %1 is not running, and files are copied by its guest: start it first with "
                           "'boxgate start %1'")
                .arg(box->spec.name));
    }
    const Result<std::shared_ptr<BoxHandle>> handle = co_await context->operations().connect(box->id);
    BOXGATE_CO_TRY(handle);
    const Result<void> subscribed = co_await (*handle)->subscribe(SampleDelivery::None);
    BOXGATE_CO_TRY(subscribed);
    const Result<void> running = co_await context->operations().untilRunning(*handle);
    BOXGATE_CO_TRY(running);
    const Result<int> status = co_await copy(context, *handle, *plan);
    co_return status;
}

} // namespace

CommandSpec cpCommandSpec()
{
    CommandSpec spec{"cp", "Copy files between this host and a running box"};
    spec.details = "One of the two is BOX:PATH; '-' is a tar archive on standard input or output. Folders "
                   "are copied with all\n"
                   "that is in them, links as links; names, permissions and times are kept. A folder goes "
                   "into a folder that\n"
                   "exists and otherwise gets that name; FOLDER/. means what is in it. Files that exist are "
                   "replaced, folders\n"
                   "are merged. Files belong to root in the box and to you here, unless -a keeps their "
                   "owners (a tar always\n"
                   "does). Devices, sockets, pipes and extended attributes are left out, and so is, when the "
                   "box's own disk is\n"
                   "copied, what is mounted in it.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runCp;
    return spec;
}

} // namespace boxgate::cli
