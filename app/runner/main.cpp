/// boxgate-runner: the process that owns one running box.
#include "core/base/detachedprocess.h"
#include "core/runner/runnerapp.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace boxgate;

namespace {

/// The start-up pipe, when the one who started us gave us one. It is taken before anything else can use its
/// number.
Descriptor startPipe()
{
    struct stat info
    { };
    const int number = DetachedProcess::ReportDescriptor;
    if (::fstat(number, &info) != 0 || !S_ISFIFO(info.st_mode))
        return {};
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
    return Descriptor(number);
}

RunnerOptions readOptions(const QCoreApplication &app)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Runs one box of Boxgate until it ends. 'boxgate start' calls it."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption box(QStringLiteral("box"), QStringLiteral("The box's id."),
                                 QStringLiteral("id"));
    const QCommandLineOption home(QStringLiteral("home"), QStringLiteral("Boxgate's home."),
                                  QStringLiteral("directory"));
    const QCommandLineOption wait(QStringLiteral("wait-attach"),
                                  QStringLiteral("Start the main command once a client is attached."));
    parser.addOptions({box, home, wait});
    parser.process(app);
    RunnerOptions options;
    options.box = parser.value(box);
    options.home = parser.value(home);
    if (parser.isSet(wait))
        options.mainStart = RunContext::MainStart::AfterAttach;
    return options;
}

} // namespace

int main(int argc, char **argv)
{
    Descriptor pipe = startPipe();
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("boxgate-runner"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BOXGATE_VERSION));
    qSetMessagePattern(QStringLiteral("%{time yyyy-MM-ddThh:mm:ss.zzz} %{category} %{type}: %{message}"));

    RunnerApp runner(readOptions(app));
    const Result<void> opened = runner.open();
    const QByteArray report = startReport(opened);
    if (pipe.isValid()) [[maybe_unused]]
        const ssize_t written = ::write(pipe.number(), report.constData(), std::size_t(report.size()));
    pipe.close();
    if (!opened) {
        std::fprintf(stderr, "boxgate-runner: %s\n", qPrintable(opened.error().message));
        return 125;
    }
    QCoro::waitFor(runner.run());
    return 0;
}
