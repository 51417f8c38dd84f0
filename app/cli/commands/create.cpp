#include "app/cli/boxjson.h"
#include "app/cli/boxspecoptions.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/imagenotes.h"
#include "app/cli/loopbackwarning.h"

namespace boxgate::cli {

namespace {

constexpr std::array OwnOptions{OptionSpec{"quiet", 'q', nullptr, "Print no progress of a pull"},
                                OptionSpec{"json", 0, nullptr, "Print the box as JSON"}};
constexpr auto Options = joined(BoxSpecOptions, OwnOptions);
constexpr std::array Positional{ArgumentSpec{"IMAGE", Arity::One, Words::Images},
                                ArgumentSpec{"COMMAND", Arity::Rest}};
constexpr std::array Examples{
    ExampleSpec{"boxgate create --name web builtin/busybox", "An idle box, to be started later"},
    ExampleSpec{"boxgate create --memory 1g --network off builtin/busybox -- sh -c 'make test'",
                "One with a command and no network"},
};

Async<int> runCreate(CommandContext *context)
{
    Result<BoxSpec> spec = readBoxSpec(context->arguments());
    BOXGATE_CO_TRY(spec);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<ImageRef> image = co_await fetchImageOfBox(context);
    BOXGATE_CO_TRY(image);
    spec->image = *image;
    const Result<BoxId> id = co_await context->operations().create(*spec);
    BOXGATE_CO_TRY(id);
    const Result<BoxSummary> box = context->directory().find(*id);
    BOXGATE_CO_TRY(box);
    context->output().note(publishWarning(box->spec.name, box->spec.network.ports));
    noteExposedPorts(context, *box);
    if (context->arguments().has("json"))
        context->output().printJson(toJson(*box));
    else
        context->output().print(box->spec.name + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec createCommandSpec()
{
    CommandSpec spec{"create", "Make a box without starting it"};
    spec.details = "Prints the box's name. Without COMMAND it runs what the image says, or stays up, idle.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runCreate;
    return spec;
}

} // namespace boxgate::cli
