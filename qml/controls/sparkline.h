#pragma once

#include "qml/controls/chartscale.h"

#include <QColor>
#include <QPointer>
#include <QQuickPaintedItem>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// The last 60 seconds of a box in a row of a list: received as an area, sent as a line on the same scale.
/// An idle box's sparkline is not painted again.
class Sparkline : public QQuickPaintedItem
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(boxgate::ui::TrafficSeries *series READ series WRITE setSeries NOTIFY changed FINAL)
    Q_PROPERTY(QColor downColor MEMBER m_downColor NOTIFY changed FINAL)
    Q_PROPERTY(QColor upColor MEMBER m_upColor NOTIFY changed FINAL)
    Q_PROPERTY(QColor baseColor MEMBER m_baseColor NOTIFY changed FINAL)

public:
    static constexpr int Seconds = 60;

    explicit Sparkline(QQuickItem *parent = nullptr);

    TrafficSeries *series() const { return m_series; }
    void setSeries(TrafficSeries *series);

    void paint(QPainter *painter) override;

Q_SIGNALS:
    void changed();

private:
    void onAppended();

    QPointer<TrafficSeries> m_series;
    QColor m_downColor = Qt::blue;
    QColor m_upColor = Qt::magenta;
    QColor m_baseColor = Qt::gray;
    bool m_paintedIdle = false;
};

} // namespace boxgate::ui
