#include "app/cli/boxtransferrun.h"
#include "app/cli/commands/commands.h"
#include "app/cli/terminal.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"name", 0, "NAME", "Name of the new box (default: the one it had)"},
    OptionSpec{"trust", 0, nullptr, "Take its volumes, ports and way to this host's loopback, too"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
    OptionSpec{"json", 0, nullptr, "Print the new box as JSON"},
};
constexpr std::array Positional{ArgumentSpec{"FILE", Arity::One, Words::Files}};
constexpr std::array Examples{
    ExampleSpec{"boxgate import web.box", "A box of a file that 'boxgate export' has written"},
    ExampleSpec{"boxgate import --name test - < web.box", "Under another name, from standard input"},
};

Result<Descriptor> openFile(const QString &file)
{
    const int fd = ::open(QFile::encodeName(file).constData(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot read %1").arg(file)));
    return Descriptor(fd);
}

void report(CommandContext *context, const ImportedBox &imported)
{
    if (!imported.leftOut.isEmpty()) {
        context->output().note(QStringLiteral("boxgate: Left out of box %1: %2\n")
                                   .arg(imported.name, imported.leftOut.join(QStringLiteral("; "))));
    }
    if (context->arguments().has("json")) {
        context->output().printJson(
            QJsonObject{{QStringLiteral("id"), imported.id.toString()},
                        {QStringLiteral("name"), imported.name},
                        {QStringLiteral("left_out"), QJsonArray::fromStringList(imported.leftOut)}});
    } else {
        context->output().print(imported.name + QLatin1Char('\n'));
    }
}

Async<int> runImport(CommandContext *context)
{
    const QString file = context->arguments().word("FILE");
    const bool isStream = file == QLatin1String("-");
    if (isStream && isTerminal(StandardStream::Input)) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("An exported box is no text: use '-' with a pipe, or name a file"));
    }
    Result<Descriptor> opened = isStream ? Result<Descriptor>(Descriptor()) : openFile(file);
    BOXGATE_CO_TRY(opened);
    const Result<void> ready = context->open();
    BOXGATE_CO_TRY(ready);
    TransferRun run(context, QStringLiteral("Importing"));
    BoxTransfer transfer(context->paths(), &context->store(), &context->operations(), &context->disks());
    const int fd = isStream ? STDIN_FILENO : opened->number();
    const ImportTrust trust =
        context->arguments().has("trust") ? ImportTrust::Everything : ImportTrust::Nothing;
    const QString name = context->arguments().value("name");
    const Result<ImportedBox> imported = co_await transfer.importBox(fd, name, trust, run.count());
    if (const std::optional<int> ended = run.finish())
        co_return *ended;
    BOXGATE_CO_TRY(imported);
    report(context, *imported);
    co_return 0;
}

} // namespace

CommandSpec importCommandSpec()
{
    CommandSpec spec{"import", "Make a box of a file that 'boxgate export' has written"};
    spec.details =
        "The box needs no image. What would reach into this host is left out and named: volumes, published "
        "ports, the way to\n"
        "this host's loopback; --trust takes it. '-' is standard input.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runImport;
    return spec;
}

} // namespace boxgate::cli
