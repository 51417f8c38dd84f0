#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"

#include <QCoreApplication>

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array Examples{ExampleSpec{"boxgate version", "Which version is this?"}};

Async<int> runVersion(CommandContext *context)
{
    const QString version = QCoreApplication::applicationVersion();
    if (context->arguments().has("json")) {
        const QJsonObject object{{QStringLiteral("version"), version},
                                 {QStringLiteral("qt_version"), QLatin1String(qVersion())}};
        context->output().printJson(object);
    } else {
        context->output().print(QStringLiteral("boxgate %1\n").arg(version));
    }
    co_return 0;
}

} // namespace

CommandSpec versionCommandSpec()
{
    CommandSpec spec{"version", "Show the version"};
    spec.options = Options;
    spec.examples = Examples;
    spec.function = runVersion;
    return spec;
}

} // namespace boxgate::cli
