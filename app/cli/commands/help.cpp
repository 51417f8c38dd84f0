#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/helptext.h"

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"COMMAND", Arity::Optional, Words::Verbs},
                                ArgumentSpec{"SUBCOMMAND", Arity::Optional}};
constexpr std::array Examples{ExampleSpec{"boxgate help run", "How is a box run?"}};

Async<int> runHelp(CommandContext *context)
{
    const QStringList path = context->arguments().words("COMMAND") + context->arguments().words("SUBCOMMAND");
    if (path.isEmpty()) {
        context->output().print(overviewText(context->commands()));
        co_return 0;
    }
    const Result<ArgumentParser::Found> found = ArgumentParser(context->commands()).find(path);
    BOXGATE_CO_TRY(found);
    context->output().print(helpText(*found->command, found->path));
    co_return 0;
}

} // namespace

CommandSpec helpCommandSpec()
{
    CommandSpec spec{"help", "Explain a command"};
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runHelp;
    return spec;
}

} // namespace boxgate::cli
