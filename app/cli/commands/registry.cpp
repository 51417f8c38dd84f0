#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"
#include "core/client/registryaccess.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

namespace boxgate::cli {

namespace {

constexpr std::array ListOptions{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array SetOptions{
    OptionSpec{"mirror", 0, "REGISTRY", "Ask this one first; again for several, in their order"},
    OptionSpec{"no-mirrors", 0, nullptr, "Ask no mirror any more"},
    OptionSpec{"plain-http", 0, "yes|no", "Whether to speak plain HTTP with it"},
    OptionSpec{"ca", 0, "FILE|none", "CA in PEM form to believe, besides the system's", Words::Files},
};
constexpr std::array OneRegistry{ArgumentSpec{"REGISTRY"}};
constexpr std::array SeveralRegistries{ArgumentSpec{"REGISTRY", Arity::OneOrMore}};
constexpr std::array ListExamples{ExampleSpec{"boxgate registry ls", "What is set"}};
constexpr std::array SetExamples{
    ExampleSpec{"boxgate registry set localhost:5000 --plain-http yes", "One on this machine, without TLS"},
    ExampleSpec{"boxgate registry set box.example:5000 --ca ca.pem", "One with a CA of its own"},
    ExampleSpec{"boxgate registry set docker.io --mirror box.example:5000", "A mirror of Docker Hub"},
};
constexpr std::array SearchExamples{
    ExampleSpec{"boxgate registry search box.example:5000 docker.io",
                "Look for 'alpine' in the first, then in Docker Hub"},
};
constexpr std::array RemoveExamples{
    ExampleSpec{"boxgate registry rm localhost:5000", "Treat it as any other again"},
};

Async<int> runList(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<RegistrySettings> settings = RegistryAccess(context->paths()).settings();
    BOXGATE_CO_TRY(settings);
    if (context->arguments().has("json")) {
        context->output().printJson(QJsonDocument::fromJson(settings->toJson()).object());
        co_return 0;
    }
    TextTable table({QStringLiteral("REGISTRY"), QStringLiteral("SEARCH"), QStringLiteral("SCHEME"),
                     QStringLiteral("~MIRRORS"), QStringLiteral("~CA")});
    QStringList names = settings->registries.keys();
    for (const QString &name : settings->search) {
        if (!names.contains(name))
            names.append(name);
    }
    for (const QString &name : std::as_const(names)) {
        const RegistrySettings::Registry registry = settings->registries.value(name);
        const qsizetype place = settings->search.indexOf(name);
        const bool isPlain = registry.scheme == RegistryScheme::PlainHttp;
        table.addRow(
            {name, place < 0 ? QStringLiteral("-") : QString::number(place + 1),
             isPlain ? QStringLiteral("http") : QStringLiteral("https"),
             registry.mirrors.isEmpty() ? QStringLiteral("-") : registry.mirrors.join(QStringLiteral(", ")),
             registry.caFile.isEmpty() ? QStringLiteral("-") : registry.caFile});
    }
    context->output().print(table.toString({}, tableWidth()));
    co_return 0;
}

Result<void> applyOptions(const Arguments &arguments, RegistrySettings::Registry &registry)
{
    if (arguments.has("no-mirrors"))
        registry.mirrors.clear();
    if (arguments.has("mirror")) {
        registry.mirrors.clear();
        for (const QString &word : arguments.values("mirror")) {
            const Result<QString> mirror = canonicalRegistry(word);
            BOXGATE_TRY(mirror);
            registry.mirrors.append(*mirror);
        }
    }
    if (arguments.has("plain-http")) {
        const QString word = arguments.value("plain-http");
        if (word != QLatin1String("yes") && word != QLatin1String("no"))
            return fail(ErrorCode::InvalidArgument, QStringLiteral("--plain-http takes yes or no"));
        registry.scheme = word == QLatin1String("yes") ? RegistryScheme::PlainHttp : RegistryScheme::Https;
    }
    const QString ca = arguments.value("ca");
    if (ca == QLatin1String("none")) {
        registry.caFile.clear();
    } else if (!ca.isEmpty()) {
        registry.caFile = QDir::cleanPath(QDir::current().absoluteFilePath(ca));
        if (!QFileInfo(registry.caFile).isFile())
            return fail(ErrorCode::NotFound, QStringLiteral("There is no file %1").arg(registry.caFile));
    }
    return {};
}

Async<int> runSet(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    const Result<QString> name = canonicalRegistry(arguments.word("REGISTRY"));
    BOXGATE_CO_TRY(name);
    const bool isSomething = arguments.has("mirror") || arguments.has("no-mirrors")
        || arguments.has("plain-http") || arguments.has("ca");
    if (!isSomething)
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("What is to be set? 'boxgate help registry set' lists the options"));
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<void> changed = RegistryAccess(context->paths()).change([&](RegistrySettings &settings) {
        RegistrySettings::Registry registry = settings.registries.value(*name);
        const Result<void> applied = applyOptions(arguments, registry);
        settings.registries.insert(*name, registry);
        return applied;
    });
    BOXGATE_CO_TRY(changed);
    context->output().print(*name + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runSearch(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const QStringList words = context->arguments().words("REGISTRY");
    const Result<void> changed =
        RegistryAccess(context->paths()).change([&words](RegistrySettings &settings) -> Result<void> {
            settings.search.clear();
            for (const QString &word : words) {
                const Result<QString> name = canonicalRegistry(word);
                BOXGATE_TRY(name);
                settings.search.append(*name);
            }
            return {};
        });
    BOXGATE_CO_TRY(changed);
    context->output().print(words.join(u'\n') + QLatin1Char('\n'));
    co_return 0;
}

Async<int> runRemove(CommandContext *context)
{
    const Result<QString> name = canonicalRegistry(context->arguments().word("REGISTRY"));
    BOXGATE_CO_TRY(name);
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<void> changed =
        RegistryAccess(context->paths()).change([&name](RegistrySettings &settings) -> Result<void> {
            if (settings.registries.remove(*name) == 0)
                return fail(
                    ErrorCode::NotFound,
                    QStringLiteral("Nothing is set for %1: 'boxgate registry ls' lists what is").arg(*name));
            return {};
        });
    BOXGATE_CO_TRY(changed);
    context->output().print(*name + QLatin1Char('\n'));
    co_return 0;
}

CommandSpec makeSpec(const char *verb, const char *summary, std::span<const ExampleSpec> examples,
                     CommandFunction function)
{
    CommandSpec spec{verb, summary};
    spec.examples = examples;
    spec.function = function;
    return spec;
}

} // namespace

CommandSpec registryCommandSpec()
{
    static const std::array verbs = [] {
        CommandSpec list = makeSpec("ls", "List what is set for registries", ListExamples, runList);
        list.options = ListOptions;
        CommandSpec set = makeSpec("set", "Set how a registry is reached", SetExamples, runSet);
        set.options = SetOptions;
        set.arguments = OneRegistry;
        CommandSpec search = makeSpec("search", "Set where names without a registry are looked for",
                                      SearchExamples, runSearch);
        search.details =
            "The first registry that has the image is taken; one that does not answer ends the search.";
        search.arguments = SeveralRegistries;
        CommandSpec remove = makeSpec("rm", "Forget what is set for a registry", RemoveExamples, runRemove);
        remove.arguments = OneRegistry;
        return std::array{list, set, search, remove};
    }();
    CommandSpec spec{"registry", "Show and change how registries are reached"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
