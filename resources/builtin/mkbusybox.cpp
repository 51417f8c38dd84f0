// Makes the image builtin/busybox at build time: mkbusybox BUSYBOX DIRECTORY.

#include "core/image/ocilayout.h"
#include "resources/builtin/busyboxfiles.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>

#include <algorithm>
#include <cstdio>

namespace {

using namespace boxgate;

constexpr int ListTimeoutMs = 30'000;

Result<QList<QByteArray>> appletsOf(const QString &busybox)
{
    QProcess process;
    process.start(busybox, {QStringLiteral("--list")});
    if (!process.waitForFinished(ListTimeoutMs) || process.exitCode() != 0)
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("%1 --list failed: %2").arg(busybox, process.errorString()));
    QList<QByteArray> applets = process.readAllStandardOutput().split('\n');
    applets.removeAll(QByteArray());
    std::sort(applets.begin(), applets.end());
    for (const QByteArray &applet : applets) {
        if (applet.contains('/') || applet.startsWith('.'))
            return fail(ErrorCode::Protocol,
                        QStringLiteral("%1 --list names '%2'").arg(busybox, QString::fromUtf8(applet)));
    }
    return applets;
}

Result<void> makeImage(const QString &busybox, const QString &directory)
{
    QFile program(busybox);
    if (!program.open(QIODevice::ReadOnly))
        return fail(ErrorCode::NotFound,
                    QStringLiteral("Cannot read %1: %2").arg(busybox, program.errorString()));
    const auto applets = appletsOf(busybox);
    BOXGATE_TRY(applets);
    const auto tar = packTar(busyboxFiles(program.readAll(), *applets));
    BOXGATE_TRY(tar);
    // Blobs of an earlier build would stay in it for ever.
    QDir(directory).removeRecursively();
    OciWriter writer(directory);
    const Result<void> layered = writer.addLayer(*tar);
    BOXGATE_TRY(layered);
    ImageConfig config;
    config.architecture = OciLayout::hostArchitecture();
    config.os = QStringLiteral("linux");
    config.environment =
        QStringList{QStringLiteral("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")};
    return writer.finish(config, QStringLiteral("latest"));
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() != 3) {
        std::fputs("usage: mkbusybox BUSYBOX DIRECTORY\n", stderr);
        return 2;
    }
    const Result<void> made = makeImage(arguments[1], arguments[2]);
    if (!made) {
        std::fprintf(stderr, "mkbusybox: %s\n", qPrintable(made.error().message));
        return 1;
    }
    return 0;
}
