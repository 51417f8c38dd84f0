#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/manpage.h"

#include <QDir>
#include <QSaveFile>

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"DIRECTORY", Arity::One, Words::Directories}};

Async<int> runManPages(CommandContext *context)
{
    const QDir directory(context->arguments().word("DIRECTORY"));
    if (!directory.mkpath(QStringLiteral(".")))
        co_return fail(ErrorCode::Io, QStringLiteral("Cannot make the directory %1").arg(directory.path()));
    const QMap<QString, QString> pages = manPages(context->commands(), QStringLiteral(BOXGATE_VERSION));
    for (auto page = pages.cbegin(); page != pages.cend(); ++page) {
        QSaveFile file(directory.filePath(page.key()));
        const QByteArray text = page->toUtf8();
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
            co_return fail(ErrorCode::Io,
                           QStringLiteral("Cannot write %1: %2").arg(file.fileName(), file.errorString()));
    }
    co_return 0;
}

} // namespace

CommandSpec manPagesCommandSpec()
{
    CommandSpec spec{"__manpages", "Write the manual pages of every command into a directory"};
    spec.arguments = Positional;
    spec.function = runManPages;
    spec.isHidden = true;
    return spec;
}

} // namespace boxgate::cli
