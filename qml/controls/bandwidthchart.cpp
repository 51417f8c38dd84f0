#include "qml/controls/bandwidthchart.h"

#include "core/base/bytes.h"

#include <QDateTime>
#include <QFontMetricsF>
#include <QHoverEvent>
#include <QLinearGradient>
#include <QLocale>
#include <QPainter>

#include <cmath>

namespace boxgate::ui {

namespace {

constexpr qreal LabelWidth = 68; // px: "500 kB/s" in the caption size
constexpr qreal LabelHeight = 20; // px, the time labels below
constexpr qreal TopMargin = 8; // px
/// Columns by length: each at most 300 or 360, which is as fine as a wide window shows.
int columnsFor(int seconds) { return seconds > 300 ? seconds / 10 : seconds; }

QString agoText(int seconds)
{
    if (seconds == 0)
        return QStringLiteral("now");
    return seconds % 60 == 0 ? QStringLiteral("%1 min").arg(seconds / 60)
                             : QStringLiteral("%1 s").arg(seconds);
}

} // namespace

BandwidthChart::BandwidthChart(QQuickItem *parent)
    : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    setAcceptHoverEvents(true);
    connect(this, &BandwidthChart::styleChanged, this, [this] { update(); });
    rebuild();
}

void BandwidthChart::setSeries(TrafficSeries *series)
{
    if (series == m_series)
        return;
    if (m_series)
        m_series->disconnect(this);
    m_series = series;
    if (m_series) {
        connect(m_series, &TrafficSeries::appended, this, &BandwidthChart::onAppended);
        connect(m_series, &TrafficSeries::wasReset, this, &BandwidthChart::rebuild);
    }
    m_ceiling.reset();
    if (m_pausedAt != 0) {
        m_pausedAt = 0;
        Q_EMIT pausedChanged();
    }
    Q_EMIT seriesChanged();
    rebuild();
}

void BandwidthChart::setSeconds(int seconds)
{
    const int wanted = seconds > 300 ? 3600 : (seconds > 60 ? 300 : 60);
    if (wanted == m_seconds)
        return;
    m_seconds = wanted;
    m_ceiling.reset();
    Q_EMIT secondsChanged();
    rebuild();
}

void BandwidthChart::setPaused(bool paused)
{
    if (paused == isPaused())
        return;
    m_pausedAt = paused ? std::max<qint64>(1, m_series ? m_series->lastSecond() : 1) : 0;
    Q_EMIT pausedChanged();
    rebuild();
}

void BandwidthChart::onAppended()
{
    if (m_pausedAt == 0 && isVisible() && !(m_builtIdle && m_series->isIdle(m_seconds)))
        rebuild();
}

void BandwidthChart::rebuild()
{
    const qint64 end = m_pausedAt != 0 ? m_pausedAt : (m_series ? m_series->lastSecond() : 0);
    static const TrafficSeries empty;
    m_points = binned(m_series ? *m_series : empty, end, m_seconds, columnsFor(m_seconds));
    m_builtIdle = !m_series || m_series->isIdle(m_seconds);
    double peak = 0;
    for (const TrafficPoint &point : m_points)
        peak = std::max({peak, point.down, 2 * point.up}); // below zero there is half the room
    m_ceiling.update(peak);
    Q_EMIT contentChanged();
    if (m_hover >= 0)
        Q_EMIT hoverChanged();
    update();
}

QRectF BandwidthChart::plot() const
{
    return {LabelWidth, TopMargin, std::max(1.0, width() - LabelWidth - 1),
            std::max(1.0, height() - TopMargin - LabelHeight)};
}

qreal BandwidthChart::xOf(size_t column) const
{
    const QRectF area = plot();
    return area.left() + area.width() * qreal(column) / qreal(std::max<size_t>(1, m_points.size() - 1));
}

void BandwidthChart::hoverAt(qreal x)
{
    const QRectF area = plot();
    const qreal part = (x - area.left()) / area.width();
    const qsizetype last = qsizetype(m_points.size()) - 1;
    const qsizetype column = part < 0 || part > 1 ? -1 : qsizetype(std::lround(part * qreal(last)));
    if (column == m_hover)
        return;
    m_hover = column;
    Q_EMIT hoverChanged();
    update();
}

void BandwidthChart::hoverEnterEvent(QHoverEvent *event) { hoverAt(event->position().x()); }
void BandwidthChart::hoverMoveEvent(QHoverEvent *event) { hoverAt(event->position().x()); }
void BandwidthChart::hoverLeaveEvent(QHoverEvent *) { hoverAt(-1); }

qreal BandwidthChart::hoverX() const { return m_hover < 0 ? 0 : xOf(size_t(m_hover)); }

QString BandwidthChart::hoverTime() const
{
    if (m_hover < 0 || !m_series || m_series->isEmpty())
        return {};
    const QDateTime time = QDateTime::fromSecsSinceEpoch(m_points[size_t(m_hover)].firstSecond);
    return QLocale().toString(time.time(), QStringLiteral("HH:mm:ss"));
}

QString BandwidthChart::hoverDown() const
{
    return m_hover < 0 ? QString() : rateToDisplay(m_points[size_t(m_hover)].down);
}

QString BandwidthChart::hoverUp() const
{
    return m_hover < 0 ? QString() : rateToDisplay(m_points[size_t(m_hover)].up);
}

QString BandwidthChart::summary() const
{
    double down = 0;
    double up = 0;
    for (const TrafficPoint &point : m_points) {
        down = std::max(down, point.down);
        up = std::max(up, point.up);
    }
    return QStringLiteral(
               "Bandwidth of the last %1: now %2 received and %3 sent, at most %4 received and %5 sent")
        .arg(agoText(m_seconds), rateToDisplay(m_points.back().down), rateToDisplay(m_points.back().up),
             rateToDisplay(down), rateToDisplay(up));
}

void BandwidthChart::paint(QPainter *painter)
{
    const QRectF area = plot();
    const qreal zero = std::round(area.top() + area.height() * 2 / 3) + 0.5;
    const qreal perByte = (zero - area.top()) / m_ceiling.value();
    paintGrid(painter, area, zero);
    painter->save();
    painter->setClipRect(area.adjusted(0, -1, 1, 1));
    paintCurve(painter, area, zero, perByte, true);
    paintCurve(painter, area, zero, perByte, false);
    painter->restore();
    painter->setPen(QPen(m_gridColor.darker(115), 1));
    painter->drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero));
    if (m_hover >= 0)
        paintHover(painter, area);
}

void BandwidthChart::paintGrid(QPainter *painter, const QRectF &area, qreal zero) const
{
    painter->setFont(m_font);
    const QFontMetricsF metrics(m_font);
    const qreal half = (zero - area.top()) / 2;
    for (const int step : {2, 1, 0, -1}) {
        const qreal y = step == 0 ? zero : std::round(zero - half * step) + 0.5;
        painter->setPen(QPen(m_gridColor, 1));
        painter->drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        const QString text =
            step == 0 ? QStringLiteral("0") : rateToDisplay(m_ceiling.value() / 2 * std::abs(step));
        painter->setPen(m_textColor);
        painter->drawText(
            QPointF(LabelWidth - 10 - metrics.horizontalAdvance(text), y + metrics.capHeight() / 2), text);
    }
    for (const int quarter : {0, 1, 2, 3, 4}) {
        const QString text = agoText(m_seconds - m_seconds * quarter / 4);
        const qreal advance = metrics.horizontalAdvance(text);
        const qreal middle = area.left() + area.width() * quarter / 4;
        const qreal x = std::clamp(middle - advance / 2, area.left(), area.right() - advance);
        painter->drawText(QPointF(x, height() - metrics.descent() - 1), text);
    }
}

void BandwidthChart::paintCurve(QPainter *painter, const QRectF &area, qreal zero, qreal perByte,
                                bool isDown) const
{
    QPolygonF line;
    line.reserve(qsizetype(m_points.size()) + 2);
    bool isFlat = true;
    for (size_t i = 0; i < m_points.size(); ++i) {
        const double rate = isDown ? m_points[i].down : -m_points[i].up;
        isFlat = isFlat && rate == 0;
        line << QPointF(xOf(i), zero - rate * perByte);
    }
    if (isFlat)
        return;
    const QColor color = isDown ? m_downColor : m_upColor;
    QColor strong = color;
    QColor weak = color;
    strong.setAlphaF(0.32f);
    weak.setAlphaF(0.06f);
    QLinearGradient gradient(QPointF(0, isDown ? area.top() : area.bottom()), QPointF(0, zero));
    gradient.setColorAt(0, strong);
    gradient.setColorAt(1, weak);
    QPolygonF fill = line;
    fill << QPointF(area.right(), zero) << QPointF(area.left(), zero);
    painter->setPen(Qt::NoPen);
    painter->setBrush(gradient);
    painter->drawPolygon(fill);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(color, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    // Along zero there is the axis, not two curves on top of each other.
    QPolygonF stretch;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const bool isZero = line[i].y() == zero;
        const bool wasZero = i > 0 && line[i - 1].y() == zero;
        if (isZero && wasZero)
            stretch.clear();
        stretch << line[i];
        if (isZero || i + 1 == line.size()) {
            painter->drawPolyline(stretch);
            stretch = {line[i]};
        }
    }
}

void BandwidthChart::paintHover(QPainter *painter, const QRectF &area) const
{
    const qreal x = std::round(hoverX()) + 0.5;
    painter->setPen(QPen(m_textColor, 1, Qt::DotLine));
    painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
}

} // namespace boxgate::ui
