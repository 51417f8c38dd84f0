#pragma once

#include "qml/controls/chartscale.h"

#include <QColor>
#include <QPointer>
#include <QQuickPaintedItem>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// A box's bandwidth over time: received above the zero line, sent below it, both on one scale.
///
/// Painted with QPainter, because a scene graph geometry node is skipped without a word by the software
/// renderer. Painted at most once a second, and not at all while an idle box stays idle. Paused, it keeps the
/// picture it has while the series goes on. hover* describe the column under the pointer.
class BandwidthChart : public QQuickPaintedItem
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(boxgate::ui::TrafficSeries *series READ series WRITE setSeries NOTIFY seriesChanged FINAL)
    /// Length in seconds: 60, 300 or 3600.
    Q_PROPERTY(int seconds READ seconds WRITE setSeconds NOTIFY secondsChanged FINAL)
    Q_PROPERTY(bool paused READ isPaused WRITE setPaused NOTIFY pausedChanged FINAL)
    Q_PROPERTY(QColor downColor MEMBER m_downColor NOTIFY styleChanged FINAL)
    Q_PROPERTY(QColor upColor MEMBER m_upColor NOTIFY styleChanged FINAL)
    Q_PROPERTY(QColor gridColor MEMBER m_gridColor NOTIFY styleChanged FINAL)
    Q_PROPERTY(QColor textColor MEMBER m_textColor NOTIFY styleChanged FINAL)
    Q_PROPERTY(QFont font MEMBER m_font NOTIFY styleChanged FINAL)
    Q_PROPERTY(bool hoverActive READ isHoverActive NOTIFY hoverChanged FINAL)
    Q_PROPERTY(qreal hoverX READ hoverX NOTIFY hoverChanged FINAL)
    Q_PROPERTY(QString hoverTime READ hoverTime NOTIFY hoverChanged FINAL)
    Q_PROPERTY(QString hoverDown READ hoverDown NOTIFY hoverChanged FINAL)
    Q_PROPERTY(QString hoverUp READ hoverUp NOTIFY hoverChanged FINAL)
    /// One sentence that says what the picture shows, for those who cannot see it.
    Q_PROPERTY(QString summary READ summary NOTIFY contentChanged FINAL)

public:
    explicit BandwidthChart(QQuickItem *parent = nullptr);

    TrafficSeries *series() const { return m_series; }
    void setSeries(TrafficSeries *series);
    int seconds() const { return m_seconds; }
    void setSeconds(int seconds);
    bool isPaused() const { return m_pausedAt != 0; }
    void setPaused(bool paused);

    bool isHoverActive() const { return m_hover >= 0; }
    qreal hoverX() const;
    QString hoverTime() const;
    QString hoverDown() const;
    QString hoverUp() const;
    QString summary() const;

    void paint(QPainter *painter) override;

Q_SIGNALS:
    void seriesChanged();
    void secondsChanged();
    void pausedChanged();
    void styleChanged();
    void hoverChanged();
    void contentChanged();

protected:
    void hoverEnterEvent(QHoverEvent *event) override;
    void hoverMoveEvent(QHoverEvent *event) override;
    void hoverLeaveEvent(QHoverEvent *event) override;

private:
    void onAppended();
    void rebuild();
    void hoverAt(qreal x);
    QRectF plot() const;
    qreal xOf(size_t column) const;
    void paintGrid(QPainter *painter, const QRectF &area, qreal zero) const;
    void paintCurve(QPainter *painter, const QRectF &area, qreal zero, qreal perByte, bool isDown) const;
    void paintHover(QPainter *painter, const QRectF &area) const;

    QPointer<TrafficSeries> m_series;
    std::vector<TrafficPoint> m_points;
    AxisCeiling m_ceiling;
    int m_seconds = 60;
    qint64 m_pausedAt = 0; ///< Unix second at which the picture was stopped; 0: it runs
    qsizetype m_hover = -1; ///< column under the pointer; -1: none
    bool m_builtIdle = false;
    QColor m_downColor = Qt::blue;
    QColor m_upColor = Qt::magenta;
    QColor m_gridColor = Qt::lightGray;
    QColor m_textColor = Qt::gray;
    QFont m_font;
};

} // namespace boxgate::ui
