#include "app/cli/boxjson.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/texttable.h"
#include "core/client/hostreport.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array Examples{
    ExampleSpec{"boxgate info", "Why are my boxes slow, or not starting at all?"},
    ExampleSpec{"boxgate info --json | jq -r .accelerator", "Which accelerator, for a script?"},
};

QString orMissing(const QString &text) { return text.isEmpty() ? QStringLiteral("not found") : text; }

Async<int> runInfo(CommandContext *context)
{
    const Result<void> opened = context->open();
    const Result<Paths> paths = context->locate();
    BOXGATE_CO_TRY(paths);
    HostSummary host = co_await hostReport(*paths);
    if (!opened)
        host.problems.append(opened.error().message);
    if (context->arguments().has("json")) {
        context->output().printJson(toJson(host));
        co_return 0;
    }
    TextTable table;
    table.addRow({QStringLiteral("Version"), host.version});
    table.addRow({QStringLiteral("Accelerator"), orMissing(host.accelerator)});
    table.addRow({QStringLiteral("  because"), host.acceleratorReason});
    table.addRow(
        {QStringLiteral("QEMU"), orMissing((host.qemuVersion + QLatin1Char(' ') + host.qemuPath).trimmed())});
    table.addRow({QStringLiteral("Guest kernel"), orMissing(host.kernelPath)});
    table.addRow({QStringLiteral("Processors"), QString::number(host.cpus)});
    table.addRow({QStringLiteral("Memory"), host.memory.toDisplay()});
    table.addRow({QStringLiteral("Free disk"), host.diskFree.toDisplay()});
    table.addRow({QStringLiteral("Boxes"), paths->dataDirectory()});
    table.addRow({QStringLiteral("Cache"), paths->cacheDirectory()});
    table.addRow({QStringLiteral("Sockets"), paths->runtimeDirectory()});
    QString text = table.toString();
    if (!host.problems.isEmpty()) {
        text += QStringLiteral("\nBoxes cannot start yet:\n");
        for (const QString &problem : std::as_const(host.problems))
            text += QStringLiteral("  - ") + printable(problem) + QLatin1Char('\n');
    }
    context->output().print(text);
    co_return 0;
}

} // namespace

CommandSpec infoCommandSpec()
{
    CommandSpec spec{"info", "Show what this host gives to boxes, and what is missing"};
    spec.options = Options;
    spec.examples = Examples;
    spec.function = runInfo;
    return spec;
}

} // namespace boxgate::cli
