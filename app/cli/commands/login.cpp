#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/prompt.h"
#include "core/client/registryaccess.h"

namespace boxgate::cli {

namespace {

constexpr std::array LoginOptions{
    OptionSpec{"user", 'u', "USER", "Name of the user; asked for when it is left out"},
    OptionSpec{"password-stdin", 0, nullptr, "Read the password or token from standard input"},
};
constexpr std::array Positional{ArgumentSpec{"REGISTRY", Arity::Optional}};
constexpr std::array LoginExamples{
    ExampleSpec{"boxgate login", "For Docker Hub"},
    ExampleSpec{"boxgate login -u me --password-stdin ghcr.io < token", "In a script"},
};
constexpr std::array LogoutExamples{ExampleSpec{"boxgate logout ghcr.io", "Forget it"}};

Result<QString> readRegistry(const Arguments &arguments)
{
    const QString word = arguments.word("REGISTRY");
    return canonicalRegistry(word.isEmpty() ? QStringLiteral("docker.io") : word);
}

Result<Credentials> readLogin(const Arguments &arguments, const QString &registry)
{
    Credentials login;
    login.user = arguments.value("user");
    const bool isFromInput = arguments.has("password-stdin");
    if (isFromInput && login.user.isEmpty())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("--password-stdin needs a user: add -u USER"));
    if (login.user.isEmpty()) {
        const Result<QString> user = promptLine(QStringLiteral("User for %1: ").arg(registry), Echo::On);
        BOXGATE_TRY(user);
        login.user = *user;
    }
    if (login.user.contains(u':'))
        return fail(ErrorCode::InvalidArgument, QStringLiteral("A user's name holds no ':'"));
    const Result<QString> secret = isFromInput
        ? readSecretFromInput()
        : promptLine(QStringLiteral("Password or token of %1: ").arg(login.user), Echo::Off);
    BOXGATE_TRY(secret);
    login.secret = *secret;
    return login;
}

Async<int> runLogin(CommandContext *context)
{
    const Result<QString> registry = readRegistry(context->arguments());
    BOXGATE_CO_TRY(registry);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<Credentials> login = readLogin(context->arguments(), *registry);
    BOXGATE_CO_TRY(login);
    const RegistryAccess access(context->paths());
    const Result<CredentialPlace> place = co_await access.login(*registry, *login);
    BOXGATE_CO_TRY(place);
    if (*place == CredentialPlace::File) {
        context->output().note(
            QStringLiteral("There is no keychain here: the login is in %1, which every program of "
                           "yours can read\n")
                .arg(context->paths().credentials()));
    }
    context->output().print(*registry + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runLogout(CommandContext *context)
{
    const Result<QString> registry = readRegistry(context->arguments());
    BOXGATE_CO_TRY(registry);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const RegistryAccess access(context->paths());
    const Result<void> removed = co_await access.logout(*registry);
    BOXGATE_CO_TRY(removed);
    context->output().print(*registry + QLatin1Char('\n'));
    co_return 0;
}

} // namespace

CommandSpec loginCommandSpec()
{
    CommandSpec spec{"login", "Keep a login for a registry"};
    spec.details = "The registry is asked first; a login that it does not accept is not kept. The keychain "
                   "of the desktop keeps "
                   "it, or, where there is none, a file that only you can read.\n"
                   "Logins and credential helpers in Docker's config.json are used, too, and never changed.";
    spec.options = LoginOptions;
    spec.arguments = Positional;
    spec.examples = LoginExamples;
    spec.function = runLogin;
    return spec;
}

CommandSpec logoutCommandSpec()
{
    CommandSpec spec{"logout", "Forget the login for a registry"};
    spec.arguments = Positional;
    spec.examples = LogoutExamples;
    spec.function = runLogout;
    return spec;
}

} // namespace boxgate::cli
