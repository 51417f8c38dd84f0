#pragma once

#include "core/client/boxservice.h"
#include "qml/controls/trafficseries.h"

#include <QHash>

namespace boxgate::ui {

/// One TrafficSeries per box, kept up to date; the series lives until the box is removed.
/// Thread: main. The service outlives it.
class TrafficStore : public QObject
{
    Q_OBJECT

public:
    explicit TrafficStore(BoxService *service, QObject *parent = nullptr);

    /// The series of a box, filled with the samples of its present run. Never null.
    TrafficSeries *seriesOf(const BoxId &id);

    /// What passed in the box's last second; zeros when it is not running.
    NetSample latest(const BoxId &id) const { return m_latest.value(id); }

Q_SIGNALS:
    /// The box's rates are others than before.
    void rateChanged(const boxgate::BoxId &id);

private:
    void onSampled(const BoxId &id, const NetSample &sample);
    void onBoxChanged(const BoxId &id);
    void onBoxRemoved(const BoxId &id);

    BoxService *m_service;
    QHash<BoxId, TrafficSeries *> m_series;
    QHash<BoxId, NetSample> m_latest;
    QHash<BoxId, QDateTime> m_startedAt;
};

} // namespace boxgate::ui
