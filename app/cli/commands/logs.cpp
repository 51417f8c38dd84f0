#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "core/client/boxlog.h"

#include <QCoroTimer>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"follow", 'f', nullptr, "Go on as the log grows, until the box ends"},
    OptionSpec{"tail", 'n', "LINES", "Only the last lines"},
    OptionSpec{"console", 0, nullptr, "The guest kernel's console instead of the main command's output"},
    OptionSpec{"runner", 0, nullptr, "The runner's own log instead"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate logs -f web", "Follow what the main command prints"},
    ExampleSpec{"boxgate logs --console --tail 20 web", "Why did the guest not boot?"},
};
constexpr qint64 ChunkBytes = 256 * 1024;
/// A person sees no delay, and the log costs a stat a fifth of a second.
constexpr std::chrono::milliseconds FollowInterval{200};

LogKind kindOf(const Arguments &arguments)
{
    if (arguments.has("console"))
        return LogKind::Console;
    return arguments.has("runner") ? LogKind::Runner : LogKind::Output;
}

/// Prints what there is from offset on; returns where it ended.
Result<qint64> printFrom(Output &output, const QString &path, qint64 offset)
{
    while (!output.isBroken()) {
        const Result<LogChunk> chunk = readLogChunk(path, offset, ChunkBytes);
        BOXGATE_TRY(chunk);
        output.printBytes(chunk->bytes);
        offset = chunk->nextOffset;
        if (chunk->bytes.isEmpty())
            break;
    }
    return offset;
}

Result<qint64> beginOf(const Arguments &arguments, const QString &path)
{
    if (!arguments.has("tail"))
        return 0;
    bool isNumber = false;
    const int lines = arguments.value("tail").toInt(&isNumber);
    if (!isNumber || lines < 0) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("--tail: '%1' is not a number of lines").arg(arguments.value("tail").left(40)));
    }
    return offsetOfLastLines(path, lines);
}

Async<int> runLogs(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<BoxSummary> box = context->directory().resolve(context->arguments().word("BOX"));
    BOXGATE_CO_TRY(box);
    const QString path = logPath(context->paths(), box->id, kindOf(context->arguments()));
    Result<qint64> offset = beginOf(context->arguments(), path);
    BOXGATE_CO_TRY(offset);
    bool goesOn = true;
    while (goesOn) {
        // The lock first: what is written before it is dropped is printed in this round.
        goesOn = context->arguments().has("follow")
            && context->directory().liveness(box->id) == Liveness::HasRunner;
        offset = printFrom(context->output(), path, *offset);
        BOXGATE_CO_TRY(offset);
        goesOn = goesOn && !context->output().isBroken();
        if (goesOn)
            co_await QCoro::sleepFor(FollowInterval);
    }
    co_return 0;
}

} // namespace

CommandSpec logsCommandSpec()
{
    CommandSpec spec{"logs", "Show what a box has printed"};
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runLogs;
    return spec;
}

} // namespace boxgate::cli
