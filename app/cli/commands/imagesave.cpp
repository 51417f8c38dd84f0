#include "app/cli/commandcontext.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/terminal.h"
#include "app/cli/transferticker.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"output", 'o', "FILE|FOLDER/",
               "Where to: a tar; with a / at its end, a folder; '-' for a pipe", Words::Files},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
    OptionSpec{"json", 0, nullptr, "Print progress as JSON, one object a line, unless to standard output"},
};
constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::OneOrMore, Words::Images}};
constexpr std::array Examples{
    ExampleSpec{"boxgate image save -o app.tar app:2", "Write an image for another machine"},
    ExampleSpec{"boxgate image save -o - app:2 | docker load", "Hand an image over to Docker"},
};

Async<int> runSave(CommandContext *context)
{
    const QString file = context->arguments().value("output");
    if (file.isEmpty())
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("Say where to with -o FILE, or -o - for a pipe"));
    if (file == QLatin1String("-") && isTerminal(StandardStream::Output))
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("Standard output is a terminal: send it to a pipe, or name a file"));
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    QList<ImageInfo> images;
    for (const QString &word : context->arguments().words("IMAGE")) {
        const Result<ImageUsage> found = context->images().find(word);
        BOXGATE_CO_TRY(found);
        images.append(found->image);
    }
    const auto count = std::make_shared<ImageTransferCount>();
    TransferTicker ticker(context, QStringLiteral("Saving"), count);
    const Result<void> saved = co_await context->images().save(images, file, count);
    ticker.end();
    BOXGATE_CO_TRY(saved);
    co_return 0;
}

} // namespace

CommandSpec imageSaveCommandSpec()
{
    CommandSpec spec{"save", "Write images to an archive or a folder"};
    spec.details = "The archive is an OCI image layout and at the same time what 'docker load' and 'podman "
                   "load' read; a "
                   "folder is an\n"
                   "OCI image layout.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runSave;
    return spec;
}

} // namespace boxgate::cli
