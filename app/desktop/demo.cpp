// boxgate-demo: the desktop on made-up boxes. For design, screenshots and tests; needs no virtual machine.

#include "app/desktop/screenshot.h"
#include "qml/app/desktopwindow.h"
#include "qml/fake/fakeboxservice.h"

#include <QGuiApplication>
#include <QTemporaryDir>
#include <QTextStream>

using namespace boxgate;

namespace {

int report(const Error &error)
{
    QTextStream(stderr) << "boxgate-demo: " << error.message << Qt::endl;
    return 125;
}

Result<FakeScenario> scenarioFrom(const QString &text)
{
    if (text == QLatin1String("showcase"))
        return FakeScenario::Showcase;
    if (text == QLatin1String("empty"))
        return FakeScenario::Empty;
    if (text == QLatin1String("idle"))
        return FakeScenario::ManyIdle;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a scenario: write showcase, empty or idle").arg(text));
}

} // namespace

int main(int argc, char **argv)
{
    QGuiApplication app(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("boxgate-demo"));
    QGuiApplication::setApplicationVersion(QStringLiteral(BOXGATE_VERSION));

    const QString scenarioOption = QStringLiteral("scenario");
    const QString boxOption = QStringLiteral("box");
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("The desktop of Boxgate on made-up boxes."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption({scenarioOption, QStringLiteral("showcase, empty or idle (twenty boxes)."),
                      QStringLiteral("scenario"), QStringLiteral("showcase")});
    parser.addOption({boxOption, QStringLiteral("Name of the box to begin with."), QStringLiteral("name")});
    ui::ScreenshotOptions::declare(parser);
    parser.process(app);

    const Result<ui::ScreenshotOptions> screenshot = ui::ScreenshotOptions::read(parser);
    if (!screenshot)
        return report(screenshot.error());
    FakeBoxService::Options options;
    const Result<FakeScenario> scenario = scenarioFrom(parser.value(scenarioOption));
    if (!scenario)
        return report(scenario.error());
    options.scenario = *scenario;

    const QTemporaryDir home;
    FakeBoxService service(options);
    ui::DesktopWindow desktop(&service,
                              {home.filePath(QStringLiteral("desktop.ini")), screenshot->themeMode,
                               screenshot->size, screenshot->tab});
    const QList<BoxSummary> boxes = service.boxes();
    for (const BoxSummary &box : boxes) {
        if (box.spec.name == parser.value(boxOption))
            desktop.workspace().selected()->setBoxId(box.id.toString());
    }
    const Result<void> shown = desktop.show();
    if (!shown)
        return report(shown.error());
    ui::scheduleScreenshot(desktop.window(), *screenshot);
    return app.exec();
}
