#pragma once

#include <QObject>
#include <QRectF>
#include <QSettings>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// What the window remembers of itself between runs: desktop.ini in Boxgate's home. Nothing about boxes.
/// Thread: main. Written through at once by QSettings' own rules; an unwritable file costs only the memory.
class Preferences : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    /// "system", "light" or "dark".
    Q_PROPERTY(QString themeMode READ themeMode WRITE setThemeMode NOTIFY themeModeChanged FINAL)
    /// Empty before the first run.
    Q_PROPERTY(
        QRectF windowGeometry READ windowGeometry WRITE setWindowGeometry NOTIFY windowGeometryChanged FINAL)
    /// Length of the chart in seconds.
    Q_PROPERTY(int chartSeconds READ chartSeconds WRITE setChartSeconds NOTIFY chartSecondsChanged FINAL)

public:
    /// file   an ini file; made when it is missing
    explicit Preferences(const QString &file, QObject *parent = nullptr);

    QString themeMode() const;
    void setThemeMode(const QString &mode);
    QRectF windowGeometry() const;
    void setWindowGeometry(const QRectF &geometry);
    int chartSeconds() const;
    void setChartSeconds(int seconds);

Q_SIGNALS:
    void themeModeChanged();
    void windowGeometryChanged();
    void chartSecondsChanged();

private:
    QSettings m_settings;
};

} // namespace boxgate::ui
