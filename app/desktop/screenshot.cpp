#include "app/desktop/screenshot.h"

#include <QCoreApplication>
#include <QQuickWindow>
#include <QTextStream>
#include <QTimer>

namespace boxgate::ui {

namespace {

const QString FileOption = QStringLiteral("screenshot");
const QString SizeOption = QStringLiteral("size");
const QString ThemeOption = QStringLiteral("theme");
const QString TabOption = QStringLiteral("tab");
const QString DelayOption = QStringLiteral("delay");

Result<QSize> parseSize(const QString &text)
{
    const QStringList parts = text.split(u'x');
    const QSize size = parts.size() == 2 ? QSize(parts[0].toInt(), parts[1].toInt()) : QSize();
    if (size.width() < 320 || size.height() < 240 || size.width() > 8192 || size.height() > 8192)
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a size: write WIDTHxHEIGHT, 320x240 to 8192x8192").arg(text));
    return size;
}

Result<QString> oneOf(const QString &text, const QStringList &words)
{
    if (!text.isEmpty() && !words.contains(text))
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is not known: write %2").arg(text, words.join(QStringLiteral(" or "))));
    return text;
}

void grab(QQuickWindow *window, const QString &file)
{
    const QImage image = window->grabWindow();
    const bool isSaved = !image.isNull() && image.save(file, "PNG");
    if (!isSaved)
        QTextStream(stderr) << "The screenshot cannot be written to " << file << Qt::endl;
    QCoreApplication::exit(isSaved ? 0 : 1);
}

} // namespace

void ScreenshotOptions::declare(QCommandLineParser &parser)
{
    parser.addOption(
        {FileOption, QStringLiteral("Save a picture of the window as PNG and end."), QStringLiteral("file")});
    parser.addOption({SizeOption, QStringLiteral("Size of the window."), QStringLiteral("WxH")});
    parser.addOption({ThemeOption, QStringLiteral("light or dark."), QStringLiteral("theme")});
    parser.addOption(
        {TabOption, QStringLiteral("Begin with overview, network or console."), QStringLiteral("tab")});
    parser.addOption({DelayOption, QStringLiteral("Milliseconds before the picture is taken."),
                      QStringLiteral("ms"), QStringLiteral("1500")});
}

Result<ScreenshotOptions> ScreenshotOptions::read(const QCommandLineParser &parser)
{
    ScreenshotOptions options;
    options.file = parser.value(FileOption);
    if (parser.isSet(SizeOption)) {
        const Result<QSize> size = parseSize(parser.value(SizeOption));
        BOXGATE_TRY(size);
        options.size = *size;
    }
    const Result<QString> theme =
        oneOf(parser.value(ThemeOption), {QStringLiteral("light"), QStringLiteral("dark")});
    BOXGATE_TRY(theme);
    options.themeMode = *theme;
    const Result<QString> tab =
        oneOf(parser.value(TabOption),
              {QStringLiteral("overview"), QStringLiteral("network"), QStringLiteral("console")});
    BOXGATE_TRY(tab);
    options.tab = *tab;
    bool isNumber = false;
    options.delay = std::chrono::milliseconds(parser.value(DelayOption).toUInt(&isNumber));
    if (!isNumber)
        return fail(ErrorCode::InvalidArgument, QStringLiteral("--delay needs a number of milliseconds"));
    return options;
}

void scheduleScreenshot(QQuickWindow *window, const ScreenshotOptions &options)
{
    if (options.file.isEmpty())
        return;
    const QString file = options.file;
    const auto delay = options.delay;
    const auto afterFirstFrame = [window, file, delay] {
        QTimer::singleShot(delay, window, [window, file] { grab(window, file); });
    };
    QObject::connect(window, &QQuickWindow::frameSwapped, window, afterFirstFrame,
                     Qt::ConnectionType(Qt::QueuedConnection | Qt::SingleShotConnection));
}

} // namespace boxgate::ui
