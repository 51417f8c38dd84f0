#include "qml/models/preferences.h"

namespace boxgate::ui {

namespace {

const QString ThemeKey = QStringLiteral("window/theme");
const QString GeometryKey = QStringLiteral("window/geometry");
const QString ChartKey = QStringLiteral("chart/seconds");

} // namespace

Preferences::Preferences(const QString &file, QObject *parent)
    : QObject(parent)
    , m_settings(file, QSettings::IniFormat)
{ }

QString Preferences::themeMode() const
{
    const QString mode = m_settings.value(ThemeKey).toString();
    return mode == QLatin1String("light") || mode == QLatin1String("dark") ? mode : QStringLiteral("system");
}

void Preferences::setThemeMode(const QString &mode)
{
    if (mode == themeMode())
        return;
    m_settings.setValue(ThemeKey, mode);
    Q_EMIT themeModeChanged();
}

QRectF Preferences::windowGeometry() const { return m_settings.value(GeometryKey).toRectF(); }

void Preferences::setWindowGeometry(const QRectF &geometry)
{
    if (geometry == windowGeometry())
        return;
    m_settings.setValue(GeometryKey, geometry);
    Q_EMIT windowGeometryChanged();
}

int Preferences::chartSeconds() const { return m_settings.value(ChartKey, 60).toInt(); }

void Preferences::setChartSeconds(int seconds)
{
    if (seconds == chartSeconds())
        return;
    m_settings.setValue(ChartKey, seconds);
    Q_EMIT chartSecondsChanged();
}

} // namespace boxgate::ui
