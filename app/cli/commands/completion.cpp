#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/completionscripts.h"

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"bash|zsh|fish"}};
constexpr std::array Examples{
    ExampleSpec{"source <(boxgate completion bash)",
                "Complete in this bash; put the line into ~/.bashrc to keep it"},
    ExampleSpec{"boxgate completion fish > ~/.config/fish/completions/boxgate.fish",
                "Complete in every fish"},
};

Async<int> runCompletion(CommandContext *context)
{
    const QString shell = context->arguments().word("bash|zsh|fish");
    const QString script = completionScript(shell);
    if (script.isEmpty()) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("There is no completion for the shell '%1': use %2")
                           .arg(shell.left(40), completionShells().join(QStringLiteral(", "))));
    }
    context->output().print(script);
    co_return 0;
}

} // namespace

CommandSpec completionCommandSpec()
{
    CommandSpec spec{"completion", "Print the completion script of a shell"};
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runCompletion;
    return spec;
}

} // namespace boxgate::cli
