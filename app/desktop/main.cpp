// boxgate-desktop: the window on this user's boxes.

#include "app/desktop/screenshot.h"
#include "core/client/localboxservice.h"
#include "qml/app/desktopwindow.h"

#include <QGuiApplication>
#include <QTextStream>

using namespace boxgate;

namespace {

int report(const Error &error)
{
    QTextStream(stderr) << "boxgate-desktop: " << error.message << Qt::endl;
    return 125;
}

} // namespace

int main(int argc, char **argv)
{
    QGuiApplication app(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("boxgate"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Boxgate"));
    QGuiApplication::setApplicationVersion(QStringLiteral(BOXGATE_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.boxgate.Boxgate"));

    const QString homeOption = QStringLiteral("home");
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Boxes: microVMs from OCI images with a gate on their network."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption(
        {homeOption, QStringLiteral("Keep everything under this directory."), QStringLiteral("directory")});
    ui::ScreenshotOptions::declare(parser);
    parser.process(app);

    const Result<ui::ScreenshotOptions> screenshot = ui::ScreenshotOptions::read(parser);
    if (!screenshot)
        return report(screenshot.error());
    const Result<Paths> paths = Paths::locate(parser.value(homeOption));
    if (!paths)
        return report(paths.error());
    const Result<void> prepared = paths->prepare();
    if (!prepared)
        return report(prepared.error());

    LocalBoxService service(*paths);
    ui::DesktopWindow desktop(&service,
                              {paths->dataDirectory() + QStringLiteral("/desktop.ini"), screenshot->themeMode,
                               screenshot->size, screenshot->tab});
    const Result<void> shown = desktop.show();
    if (!shown)
        return report(shown.error());
    ui::scheduleScreenshot(desktop.window(), *screenshot);
    return app.exec();
}
