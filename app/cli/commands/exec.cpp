#include "app/cli/attachment.h"
#include "app/cli/boxspecoptions.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/terminal.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"interactive", 'i', nullptr, "Give the command this standard input"},
    OptionSpec{"tty", 't', nullptr, "Give the command a terminal"},
    OptionSpec{"env", 'e', "NAME[=VALUE]", "Environment variable; without a value, this shell's"},
    OptionSpec{"workdir", 'w', "DIRECTORY", "Working directory in the box"},
    OptionSpec{"user", 'u', "USER[:GROUP]", "User in the box, by name or number"},
    OptionSpec{"timeout", 0, "SECONDS", "Kill the command after this time"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes},
                                ArgumentSpec{"COMMAND", Arity::Rest}};
constexpr std::array Examples{
    ExampleSpec{"boxgate exec web ls -l /etc", "Run a command"},
    ExampleSpec{"boxgate exec -it web sh", "A shell in the box, with this terminal"},
    ExampleSpec{"tar c project | boxgate exec -i web tar x -C /srv", "Copy a folder into the box"},
};

Result<ExecParams> readParams(const Arguments &arguments)
{
    ExecParams params;
    params.command = arguments.words("COMMAND");
    if (params.command.isEmpty()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'boxgate exec' needs a command: try 'boxgate exec -it %1 sh'")
                        .arg(arguments.word("BOX")));
    }
    const Result<QStringList> environment = readEnvironment(arguments.values("env"));
    BOXGATE_TRY(environment);
    params.environment = *environment;
    params.workingDirectory = arguments.value("workdir");
    params.user = arguments.value("user");
    params.tty = arguments.has("tty");
    params.wantsStdin = arguments.has("interactive");
    if (params.tty) {
        const TerminalSize size = terminalSize();
        params.rows = size.rows;
        params.columns = size.columns;
    }
    if (arguments.has("timeout")) {
        bool isNumber = false;
        const double seconds = arguments.value("timeout").toDouble(&isNumber);
        if (!isNumber || !(seconds > 0 && seconds <= 1e6)) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("--timeout: '%1' is not a number of seconds")
                            .arg(arguments.value("timeout").left(40)));
        }
        params.timeout = std::chrono::milliseconds(qRound64(seconds * 1000));
    }
    return params;
}

Async<AttachmentEnd> runIn(std::shared_ptr<BoxHandle> handle, ExecParams params)
{
    const std::unique_ptr<CommandSession> session = handle->makeExec(params);
    const InputMode input = params.wantsStdin ? InputMode::Forwarded : InputMode::None;
    const TerminalMode terminal = params.tty ? TerminalMode::Terminal : TerminalMode::Pipes;
    SignalSource signalSource(Attachment::forwardedSignals());
    Attachment attachment(session.get(), input, terminal, &signalSource);
    const Result<AttachmentEnd> end = co_await attachment.run(CommandSession::StartLimit);
    co_return end;
}

Async<int> runExec(CommandContext *context)
{
    const Result<ExecParams> params = readParams(context->arguments());
    BOXGATE_CO_TRY(params);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(context->arguments().word("BOX"));
    BOXGATE_CO_TRY(box);
    const Result<std::shared_ptr<BoxHandle>> connected = co_await context->operations().connect(box->id);
    BOXGATE_CO_TRY(connected);
    const std::shared_ptr<BoxHandle> handle = *connected;
    Result<AttachmentEnd> end = co_await runIn(handle, *params);
    const bool maybeTooEarly = !end && end.error().code == ErrorCode::Conflict && handle->isOpen();
    if (maybeTooEarly) {
        // It is starting: wait for it, then once more.
        const Result<void> subscribed = co_await handle->subscribe(SampleDelivery::None);
        BOXGATE_CO_TRY(subscribed);
        const Result<void> running = co_await context->operations().untilRunning(handle);
        BOXGATE_CO_TRY(running);
        end = co_await runIn(handle, *params);
    }
    BOXGATE_CO_TRY(end);
    co_return end->status;
}

} // namespace

CommandSpec execCommandSpec()
{
    CommandSpec spec{"exec", "Run a command in a running box"};
    spec.details = "All after the first word of COMMAND belongs to it. Its standard output and error stay "
                   "apart, and its exit status\n"
                   "becomes this one's. Ctrl-C goes to it; the third within three seconds leaves it, which "
                   "hangs it up, as closing\n"
                   "the terminal does.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runExec;
    return spec;
}

} // namespace boxgate::cli
