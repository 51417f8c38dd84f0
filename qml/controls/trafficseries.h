#pragma once

#include "core/model/netsample.h"

#include <QList>
#include <QObject>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// The last hour of one box's traffic, one sample per second without gaps: what charts and sparklines draw.
///
/// Thread: main. Owned by a TrafficStore. Times are Unix seconds; the newest sample is the end of every
/// chart, so a chart stands still when its box has ended.
class TrafficSeries : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the TrafficStore")

public:
    static constexpr int Capacity = 3600; ///< seconds

    using QObject::QObject;

    /// Replaces everything; samples are oldest first.
    void reset(const QList<NetSample> &samples);
    /// Adds the newest second. A gap is filled with zeros; a second that is already there is replaced; an
    /// older one ignored.
    void append(const NetSample &sample);

    bool isEmpty() const { return m_samples.isEmpty(); }
    /// 0 when empty.
    qint64 firstSecond() const { return m_samples.isEmpty() ? 0 : m_samples.first().second; }
    /// 0 when empty.
    qint64 lastSecond() const { return m_samples.isEmpty() ? 0 : m_samples.last().second; }
    /// All zero outside of what is known.
    NetSample at(qint64 second) const;
    /// Whether nothing passed in the last seconds: such a stretch looks the same in every frame.
    bool isIdle(int seconds) const { return isEmpty() || m_lastBusySecond <= lastSecond() - seconds; }

Q_SIGNALS:
    void appended();
    void wasReset();

private:
    void push(const NetSample &sample);

    QList<NetSample> m_samples;
    qint64 m_lastBusySecond = 0;
};

} // namespace boxgate::ui
