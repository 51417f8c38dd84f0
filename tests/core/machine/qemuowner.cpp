// Starts a long sleep as if it were QEMU, prints its process id and waits to be killed.
#include "core/machine/qemuprocess.h"

#include <QCoreApplication>

#include <cstdio>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    boxgate::QemuProcess process;
    boxgate::QemuProcess::Launch launch;
    launch.program = QStringLiteral("/bin/sleep");
    launch.arguments = {QStringLiteral("60")};
    launch.consoleLog = QCoreApplication::arguments().value(1);
    if (!process.start(std::move(launch)))
        return 1;
    std::printf("%lld\n", process.pid());
    std::fflush(stdout);
    return QCoreApplication::exec();
}
