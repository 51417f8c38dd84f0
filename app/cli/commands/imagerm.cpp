#include "app/cli/commandcontext.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/exitstatus.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{
    "force", 'f', nullptr, "Remove the name although boxes use the image; they keep what they stand on"}};
constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::OneOrMore, Words::Images}};
constexpr std::array Examples{ExampleSpec{"boxgate image rm alpine:3.20 && boxgate image prune",
                                          "Remove an image, and give back its space"}};

Async<int> runRemove(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const auto mode = context->arguments().has("force") ? ImageOperations::RemoveMode::EvenUsed
                                                        : ImageOperations::RemoveMode::OnlyUnused;
    int status = 0;
    for (const QString &word : context->arguments().words("IMAGE")) {
        const Result<ImageUsage> image = context->images().find(word);
        const Result<void> removed =
            image ? context->images().remove(*image, mode) : Result<void>(fail(image.error()));
        if (removed) {
            context->output().print(image->image.ref.toString() + QLatin1Char('\n'));
        } else {
            context->output().complain(removed.error().message);
            status = ExitStatus::BoxgateFailed;
        }
    }
    co_return status;
}

} // namespace

CommandSpec imageRemoveCommandSpec()
{
    CommandSpec spec{"rm", "Remove images"};
    spec.details = "An image goes with its last name. 'boxgate image prune' gives its space back.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRemove;
    return spec;
}

} // namespace boxgate::cli
