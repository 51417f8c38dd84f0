#include "app/cli/commandcontext.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/imagejson.h"
#include "app/cli/terminal.h"
#include "app/cli/transferticker.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"from", 0, "docker|podman", "Take IMAGE out of Docker or Podman, by their 'save'"},
    OptionSpec{"name", 0, "NAME", "Name of the image, in the place of the archive's own"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
    OptionSpec{"json", 0, nullptr, "Print JSON, one object a line"},
};
constexpr std::array Positional{ArgumentSpec{"FILE|FOLDER|IMAGE|-", Arity::One, Words::Files}};
constexpr std::array Examples{
    ExampleSpec{"boxgate image load app.tar", "Load what 'docker save', 'podman save' or skopeo wrote"},
    ExampleSpec{"boxgate image load --from docker app:2", "Take an image out of Docker"},
    ExampleSpec{"boxgate image load --name app:2 build/layout",
                "Load an OCI layout that does not say its name"},
};

Result<LoadRequest> requestOf(const Arguments &arguments)
{
    LoadRequest request;
    request.source = arguments.word("FILE|FOLDER|IMAGE|-");
    request.name = arguments.value("name");
    const QString engine = arguments.value("from");
    if (engine == QLatin1String("docker"))
        request.from = LoadRequest::From::Docker;
    else if (engine == QLatin1String("podman"))
        request.from = LoadRequest::From::Podman;
    else if (!engine.isEmpty())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--from is docker or podman, not '%1'").arg(engine));
    else if (request.source == QLatin1String("-"))
        request.from = LoadRequest::From::StandardInput;
    if (request.from == LoadRequest::From::StandardInput && isTerminal(StandardStream::Input))
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("Standard input is a terminal: send an archive on a pipe, or name a file"));
    return request;
}

Async<int> runLoad(CommandContext *context)
{
    const Result<LoadRequest> request = requestOf(context->arguments());
    BOXGATE_CO_TRY(request);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const auto count = std::make_shared<ImageTransferCount>();
    TransferTicker ticker(context, QStringLiteral("Loading %1").arg(request->source), count);
    const Result<QList<StoredImage>> images = co_await context->images().load(*request, count);
    ticker.end();
    BOXGATE_CO_TRY(images);
    for (const StoredImage &image : *images) {
        if (context->arguments().has("json"))
            context->output().printJsonLine(toJson(image));
        else
            context->output().print(image.ref.toString() + QLatin1Char('\n'));
    }
    co_return 0;
}

} // namespace

CommandSpec imageLoadCommandSpec()
{
    CommandSpec spec{"load", "Load images from an archive, a folder, Docker or Podman"};
    spec.details =
        "Reads what 'docker save' writes, old and new, and OCI image layouts, in a tar (plain, gzip, zstd, "
        "bzip2) or in a\n"
        "folder. '-' is standard input. When it is broken off, the next load goes on with whole and partial "
        "blobs.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runLoad;
    return spec;
}

} // namespace boxgate::cli
