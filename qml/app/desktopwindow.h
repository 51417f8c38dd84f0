#pragma once

#include "qml/models/workspace.h"

#include <QElapsedTimer>
#include <QQmlApplicationEngine>

class QQuickWindow;

namespace boxgate::ui {

/// The desktop's window on one BoxService: fonts, modules, workspace and the QML that shows it.
///
/// Thread: main; needs a QGuiApplication. The service outlives it. Closing the window ends nothing but the
/// window: boxes belong to their runners.
class DesktopWindow : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        QString preferencesFile;
        QString themeMode; ///< "light" or "dark" for this run alone; empty: what the preferences say
        QSize size; ///< invalid: what the preferences say
        QString page; ///< "overview", "network" or "console": the tab to begin with; empty: overview
    };

    DesktopWindow(BoxService *service, const Options &options, QObject *parent = nullptr);
    ~DesktopWindow() override;

    /// Errors   Internal: the QML could not be loaded; a defect of the build
    Result<void> show();

    QQuickWindow *window() const;
    Workspace &workspace() { return m_workspace; }

private:
    /// Once, when the window first shows the list of boxes; category boxgate.qml.app.
    void logFirstFrame();

    QElapsedTimer m_sinceStart;
    bool m_isComplete = false;
    const Options m_options;
    Workspace m_workspace;
    QQmlApplicationEngine m_engine;
};

} // namespace boxgate::ui
