#include "qml/app/desktopwindow.h"

#include <QFontDatabase>
#include <QGuiApplication>
#include <QLoggingCategory>
#include <QQmlExtensionPlugin>
#include <QQuickStyle>
#include <QQuickWindow>
#include <QScreen>

#include <algorithm>

// The modules are static: nothing else would make the linker keep them.
Q_IMPORT_QML_PLUGIN(Boxgate_ControlsPlugin)
Q_IMPORT_QML_PLUGIN(Boxgate_ModelsPlugin)
Q_IMPORT_QML_PLUGIN(Boxgate_AppPlugin)

namespace boxgate::ui {

/// Off unless asked for: QT_LOGGING_RULES=boxgate.qml.app.debug=true
Q_LOGGING_CATEGORY(logWindow, "boxgate.qml.app", QtInfoMsg)

namespace {

/// Whether a window there could be seen and moved: a screen may be gone since.
bool isReachable(const QRectF &geometry)
{
    const QRect grip(geometry.topLeft().toPoint(), QSize(int(geometry.width()), 32));
    const QList<QScreen *> screens = QGuiApplication::screens();
    return std::ranges::any_of(screens, [&grip](const QScreen *screen) {
        const QRect part = screen->availableGeometry() & grip;
        return part.width() >= 100 && part.height() >= grip.height();
    });
}

void loadFonts()
{
    for (const char *name :
         {"BoxgateSans-Regular", "BoxgateSans-Medium", "BoxgateSans-SemiBold", "JetBrainsMono-Regular"})
        QFontDatabase::addApplicationFont(QStringLiteral(":/boxgate/fonts/%1.ttf").arg(QLatin1String(name)));
    QFont font(QStringLiteral("Boxgate Sans"));
    font.setPixelSize(13);
    QGuiApplication::setFont(font);
}

} // namespace

DesktopWindow::DesktopWindow(BoxService *service, const Options &options, QObject *parent)
    : QObject(parent)
    , m_options(options)
    , m_workspace(service, options.preferencesFile)
{
    m_sinceStart.start();
    loadFonts();
    // Our controls are built on the templates alone; the one style is named so that no platform's is looked
    // for.
    QQuickStyle::setStyle(QStringLiteral("Basic"));
    m_engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
}

DesktopWindow::~DesktopWindow() = default;

Result<void> DesktopWindow::show()
{
    QVariantMap properties{{QStringLiteral("workspace"), QVariant::fromValue(&m_workspace)},
                           {QStringLiteral("forcedTheme"), m_options.themeMode},
                           {QStringLiteral("firstTab"), m_options.page}};
    const QRectF remembered = m_workspace.preferences()->windowGeometry();
    if (m_options.size.isValid()) {
        properties.insert(QStringLiteral("forcedSize"), m_options.size);
    } else if (remembered.isValid() && isReachable(remembered)) {
        properties.insert(QStringLiteral("x"), int(remembered.x()));
        properties.insert(QStringLiteral("y"), int(remembered.y()));
    }
    m_engine.setInitialProperties(properties);
    m_engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Boxgate/App/Main.qml")));
    if (!window())
        return fail(ErrorCode::Internal,
                    QStringLiteral("The window cannot be made: the desktop's files are damaged"));
    logFirstFrame();
    return {};
}

void DesktopWindow::logFirstFrame()
{
    qCDebug(logWindow) << "loaded" << m_sinceStart.elapsed() << "ms after the start";
    const auto log = [this] {
        if (m_isComplete || !m_workspace.boxes()->isReady())
            return;
        m_isComplete = true;
        qCDebug(logWindow) << "first complete frame" << m_sinceStart.elapsed() << "ms after the start";
    };
    connect(window(), &QQuickWindow::frameSwapped, this, log, Qt::QueuedConnection);
}

QQuickWindow *DesktopWindow::window() const
{
    const QList<QObject *> roots = m_engine.rootObjects();
    return roots.isEmpty() ? nullptr : qobject_cast<QQuickWindow *>(roots.first());
}

} // namespace boxgate::ui
