#include "qml/controls/sparkline.h"

#include <QPainter>
#include <QPainterPath>

namespace boxgate::ui {

Sparkline::Sparkline(QQuickItem *parent)
    : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    connect(this, &Sparkline::changed, this, [this] { update(); });
}

void Sparkline::setSeries(TrafficSeries *series)
{
    if (series == m_series)
        return;
    if (m_series)
        m_series->disconnect(this);
    m_series = series;
    if (m_series) {
        connect(m_series, &TrafficSeries::appended, this, &Sparkline::onAppended);
        connect(m_series, &TrafficSeries::wasReset, this, [this] { update(); });
    }
    Q_EMIT changed();
}

void Sparkline::onAppended()
{
    if (isVisible() && !(m_paintedIdle && m_series->isIdle(Seconds)))
        update();
}

void Sparkline::paint(QPainter *painter)
{
    const qreal base = height() - 1;
    m_paintedIdle = !m_series || m_series->isIdle(Seconds);
    if (m_paintedIdle) {
        painter->setPen(QPen(m_baseColor, 1));
        painter->drawLine(QPointF(0, base - 0.5), QPointF(width(), base - 0.5));
        return;
    }
    const auto points = binned(*m_series, m_series->lastSecond(), Seconds, Seconds);
    double peak = 2000; // bytes per second; less is drawn as next to nothing
    for (const TrafficPoint &point : points)
        peak = std::max({peak, point.down, point.up});
    const qreal step = width() / (Seconds - 1);
    const auto y = [&](double rate) { return base - rate / peak * (base - 1.5); };
    QPolygonF down;
    QPolygonF up;
    for (size_t i = 0; i < points.size(); ++i) {
        down << QPointF(qreal(i) * step, y(points[i].down));
        up << QPointF(qreal(i) * step, y(points[i].up));
    }
    QPolygonF area = down;
    area << QPointF(width(), base) << QPointF(0, base);
    QColor fill = m_downColor;
    fill.setAlphaF(0.18f);
    painter->setPen(Qt::NoPen);
    painter->setBrush(fill);
    painter->drawPolygon(area);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(m_upColor, 1.2));
    painter->drawPolyline(up);
    painter->setPen(QPen(m_downColor, 1.4));
    painter->drawPolyline(down);
}

} // namespace boxgate::ui
