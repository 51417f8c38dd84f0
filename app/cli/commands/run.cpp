#include "app/cli/attachment.h"
#include "app/cli/boxjson.h"
#include "app/cli/boxspecoptions.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/imagenotes.h"
#include "app/cli/loopbackwarning.h"
#include "app/cli/progressline.h"
#include "app/cli/terminal.h"

#include <csignal>

namespace boxgate::cli {

namespace {

constexpr std::array OwnOptions{
    OptionSpec{"detach", 'd', nullptr, "Print the box's name and leave it running"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress and no warning"},
    OptionSpec{"json", 0, nullptr, "Print the box as JSON instead of its name; with -d or without COMMAND"},
};
constexpr auto Options = joined(BoxSpecOptions, OwnOptions);
constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::One, Words::Images},
                                ArgumentSpec{"COMMAND", Arity::Rest}};
constexpr std::array Examples{
    ExampleSpec{"boxgate run --rm builtin/busybox -- uname -a",
                "One command in a fresh box that is removed afterwards"},
    ExampleSpec{"boxgate run --rm -it builtin/busybox sh", "A shell in a fresh box"},
    ExampleSpec{"boxgate run --name web builtin/busybox",
                "A box that stays up, idle, for 'boxgate exec web'"},
    ExampleSpec{"boxgate run -d -p 8080:80 --allow-net '*.example.com' builtin/busybox -- httpd -f",
                "A server at this host's port 8080, which itself reaches one domain only"},
    ExampleSpec{"boxgate run -d --network off builtin/busybox -- sh -c 'while :; do date; sleep 60; done'",
                "In the background, without a network"},
};

/// After the main command the guest only writes its file system out and powers off.
constexpr std::chrono::seconds EndLimit{30};
constexpr std::chrono::seconds LeaveLimit{2};

/// What the box will run.
Result<QStringList> commandOf(CommandContext *context, const BoxSpec &spec)
{
    const Result<QStringList> command = context->operations().mainCommand(spec);
    BOXGATE_TRY(command);
    if (command->isEmpty() && (spec.tty || spec.interactive)) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("-i and -t need a command: try 'boxgate run -it %1 sh'")
                        .arg(spec.image.toString()));
    }
    return command;
}

/// Ends a box whose attached client leaves it before its command has ended.
Async<void> leave(CommandContext *context, BoxId id, AttachmentEnd::Kind kind)
{
    // Whoever closes the terminal has said so to the command, and it may choose to go on.
    if (kind == AttachmentEnd::Kind::TerminalClosed)
        co_return {};
    const bool isClosedPipe = kind == AttachmentEnd::Kind::OutputClosed;
    const StopMode mode = isClosedPipe ? StopMode::Graceful : StopMode::Kill;
    const Result<void> stopped = co_await context->operations().stop(id, mode, LeaveLimit);
    co_return stopped;
}

/// Attaches before the guest has booted, so that not a byte is missed, and stays to the box's end.
Async<int> runAttached(CommandContext *context, BoxSummary box, ProgressLine *progress)
{
    // From here on: a runner whose client dies before it is attached goes on alone.
    SignalSource signalSource(Attachment::forwardedSignals());
    const Result<std::shared_ptr<BoxHandle>> launched =
        co_await context->operations().launch(box.id, MainCommandStart::AfterAttach);
    BOXGATE_CO_TRY(launched);
    const std::shared_ptr<BoxHandle> handle = *launched;
    const auto showState = [handle = handle.get(), progress] {
        if (handle->state())
            progress->show(*handle->state());
    };
    QObject::connect(handle.get(), &BoxHandle::stateChanged, handle.get(), showState);
    showState();
    AttachParams params;
    params.wantsStdin = box.spec.interactive;
    params.tty = box.spec.tty;
    const TerminalSize size = terminalSize();
    params.rows = size.rows;
    params.columns = size.columns;
    const std::unique_ptr<CommandSession> session = handle->makeAttachment(params);
    QObject::connect(session.get(), &CommandSession::output, handle.get(), [progress] { progress->clear(); });
    const InputMode input = params.wantsStdin ? InputMode::Forwarded : InputMode::None;
    const TerminalMode terminal = params.tty ? TerminalMode::Terminal : TerminalMode::Pipes;
    Attachment attachment(session.get(), input, terminal, &signalSource);
    const Result<AttachmentEnd> end = co_await attachment.run(std::chrono::milliseconds(0));
    progress->clear();
    if (end && end->kind != AttachmentEnd::Kind::Exited) {
        const Result<void> left = co_await leave(context, box.id, end->kind);
        BOXGATE_CO_TRY(left);
        co_return end->status;
    }
    const Result<void> closed = co_await handle->untilClosed(EndLimit);
    BOXGATE_CO_TRY(closed);
    const Result<void> unlocked = co_await context->operations().untilUnlocked(box.id);
    BOXGATE_CO_TRY(unlocked);
    // It may have failed before there was an attachment to tell: its record knows why.
    const Result<BoxSummary> now = context->directory().find(box.id);
    const bool neverRan = now && now->lastExit && now->lastExit->kind == ExitRecord::Kind::StartFailed;
    if (!end && neverRan) {
        const Result<void> why = co_await context->operations().untilRunning(handle);
        BOXGATE_CO_TRY(why);
    }
    BOXGATE_CO_TRY(end);
    co_return end->status;
}

Async<int> runDetached(CommandContext *context, BoxSummary box, ProgressLine *progress)
{
    const Result<std::shared_ptr<BoxHandle>> launched =
        co_await context->operations().launch(box.id, MainCommandStart::AtOnce);
    BOXGATE_CO_TRY(launched);
    const std::shared_ptr<BoxHandle> handle = *launched;
    const auto showState = [handle = handle.get(), progress] {
        if (handle->state())
            progress->show(*handle->state());
    };
    QObject::connect(handle.get(), &BoxHandle::stateChanged, handle.get(), showState);
    showState();
    const Result<void> running = co_await context->operations().untilRunning(handle);
    progress->clear();
    BOXGATE_CO_TRY(running);
    if (context->arguments().has("json")) {
        BoxSummary now = box;
        if (handle->state())
            describeRun(now, *handle->state());
        context->output().printJson(toJson(now));
    } else {
        context->output().print(box.spec.name + QLatin1Char('\n'));
    }
    co_return 0;
}

Async<int> runRun(CommandContext *context)
{
    Result<BoxSpec> spec = readBoxSpec(context->arguments());
    BOXGATE_CO_TRY(spec);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<ImageRef> image = co_await fetchImageOfBox(context);
    BOXGATE_CO_TRY(image);
    spec->image = *image;
    const Result<QStringList> command = commandOf(context, *spec);
    BOXGATE_CO_TRY(command);
    const Result<BoxId> id = co_await context->operations().create(*spec);
    BOXGATE_CO_TRY(id);
    const Result<BoxSummary> box = context->directory().find(*id);
    BOXGATE_CO_TRY(box);
    const Verbosity verbosity = context->arguments().has("quiet") ? Verbosity::Quiet : Verbosity::Normal;
    if (verbosity == Verbosity::Normal) {
        warnOfLoopback(context->output(), box->spec.name, box->spec.network);
        context->output().note(publishWarning(box->spec.name, box->spec.network.ports));
        noteExposedPorts(context, *box);
    }
    ProgressLine progress(&context->output(), box->spec.name, verbosity);
    const bool attached = !command->isEmpty() && !context->arguments().has("detach");
    const auto function = attached ? runAttached : runDetached;
    const Result<int> status = co_await function(context, *box, &progress);
    // One that never had a runner, such as with a missing program, is nobody's failure to look at.
    const bool isLeftOver = !status && box->spec.autoRemove;
    if (isLeftOver) {
        const Result<void> removed = co_await context->operations().remove(box->id, RemoveMode::EvenRunning);
        if (!removed && removed.error().code != ErrorCode::NotFound)
            context->output().complain(removed.error().message);
    }
    co_return status;
}

} // namespace

CommandSpec runCommandSpec()
{
    CommandSpec spec{"run", "Make a box of an image and start it"};
    spec.details =
        "Runs COMMAND, or what the image says; COMMAND comes after the image's entrypoint. The box ends when "
        "that ends, and\n"
        "'run' is attached to it: its output and exit status are this one's. When there is nothing to run, "
        "or "
        "with --idle,\n"
        "the box stays up and its name is printed. All after the first word of COMMAND belongs to it.\n"
        "Ports that the image lists are told and not published; its volumes are folders of the box's disk.\n"
        "Ctrl-C goes to the command; the third within three seconds kills the box. While the box "
        "boots, the first one does.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRun;
    return spec;
}

} // namespace boxgate::cli
