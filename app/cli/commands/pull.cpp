#include "app/cli/commands/commands.h"
#include "app/cli/imagefetch.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"platform", 0, "linux/amd64|linux/arm64", "For which machine (default: this one)"},
    OptionSpec{"plain-http", 0, nullptr, "Speak plain HTTP with the registry, this once"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
    OptionSpec{"json", 0, nullptr, "Print an event a line as JSON"},
};
constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::One, Words::Images}};
constexpr std::array Examples{
    ExampleSpec{"boxgate pull alpine", "From Docker Hub, the tag 'latest'"},
    ExampleSpec{"boxgate pull ghcr.io/owner/tools/lint:2", "From another registry"},
    ExampleSpec{"boxgate pull --plain-http localhost:5000/app", "From a registry on this machine"},
};

Async<int> runPull(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    PullRequest request;
    request.name = arguments.word("IMAGE");
    request.policy = PullPolicy::Always;
    if (arguments.has("platform")) {
        const Result<QString> architecture = architectureFromPlatform(arguments.value("platform"));
        BOXGATE_CO_TRY(architecture);
        request.architecture = *architecture;
    }
    if (arguments.has("plain-http"))
        request.scheme = PullRequest::Scheme::PlainHttp;
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    PullReport report = PullReport::ForPeople;
    if (arguments.has("json"))
        report = PullReport::Json;
    else if (arguments.has("quiet"))
        report = PullReport::Quiet;
    const Result<PulledImage> pulled = co_await fetchImage(context, request, report);
    BOXGATE_CO_TRY(pulled);
    const bool isNew = pulled->change == PulledImage::Change::Pulled;
    const QString name = pulled->ref.toString();
    if (report == PullReport::Json) {
        context->output().printJsonLine({{QStringLiteral("event"), QStringLiteral("end")},
                                         {QStringLiteral("image"), name},
                                         {QStringLiteral("digest"), pulled->digest},
                                         {QStringLiteral("isNew"), isNew}});
        co_return 0;
    }
    if (report == PullReport::ForPeople && !isNew)
        context->output().note(QStringLiteral("%1 is what is here already\n").arg(name));
    context->output().print(name + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec pullCommandSpec()
{
    CommandSpec spec{"pull", "Get an image from its registry, or a newer one of its name"};
    spec.details =
        "Prints the image's name. What an interrupted pull has got stays, and the next one goes on from "
        "there.\n"
        "'boxgate registry' sets mirrors, plain HTTP, CAs and where short names are looked for; 'boxgate "
        "login' keeps a login.\n"
        "Proxies are the system's: http_proxy, https_proxy and no_proxy count.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runPull;
    return spec;
}

} // namespace boxgate::cli
