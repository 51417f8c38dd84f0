#include "app/cli/commands/commands.h"
#include "app/cli/program.h"
#include "app/cli/standardstreams.h"

#include <QCoreApplication>
#include <QLoggingCategory>

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <langinfo.h>

namespace {

/// Qt warns on standard error, the user's command's, when the locale is not UTF-8, and uses C.UTF-8 instead.
/// Do it quietly.
void useUtf8()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0)
        ::setenv("LC_ALL", "C.UTF-8", 1);
}

} // namespace

int main(int argc, char *argv[])
{
    boxgate::cli::prepareStandardStreams();
    useUtf8();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("boxgate"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BOXGATE_VERSION));
    // Errors are told in sentences; the log, and what Qt remarks, is for QT_LOGGING_RULES="boxgate.*=true".
    QLoggingCategory::setFilterRules(QStringLiteral("boxgate.*=false\ndefault=false"));
    return boxgate::cli::runProgram(boxgate::cli::allCommands(), QCoreApplication::arguments().mid(1));
}
