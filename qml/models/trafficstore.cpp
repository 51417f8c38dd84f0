#include "qml/models/trafficstore.h"

namespace boxgate::ui {

TrafficStore::TrafficStore(BoxService *service, QObject *parent)
    : QObject(parent)
    , m_service(service)
{
    connect(service, &BoxService::sampled, this, &TrafficStore::onSampled);
    connect(service, &BoxService::boxChanged, this, &TrafficStore::onBoxChanged);
    connect(service, &BoxService::boxRemoved, this, &TrafficStore::onBoxRemoved);
}

TrafficSeries *TrafficStore::seriesOf(const BoxId &id)
{
    TrafficSeries *&series = m_series[id];
    if (!series) {
        series = new TrafficSeries(this);
        series->reset(m_service->samples(id));
        if (const auto box = m_service->box(id))
            m_startedAt.insert(id, box->startedAt);
    }
    return series;
}

void TrafficStore::onSampled(const BoxId &id, const NetSample &sample)
{
    if (TrafficSeries *series = m_series.value(id))
        series->append(sample);
    NetSample &latest = m_latest[id];
    const bool isChanged =
        latest.bytesReceived != sample.bytesReceived || latest.bytesSent != sample.bytesSent;
    latest = sample;
    if (isChanged)
        Q_EMIT rateChanged(id);
}

void TrafficStore::onBoxChanged(const BoxId &id)
{
    const auto box = m_service->box(id);
    if (!box)
        return;
    if (!box->hasRunner() && m_latest.remove(id))
        Q_EMIT rateChanged(id);
    TrafficSeries *const series = m_series.value(id);
    if (!box->hasRunner() || !series)
        return;
    // A new run starts with an empty chart; the old one stays visible until then.
    const bool isNewRun = m_startedAt.value(id) != box->startedAt;
    // What passed before this window was opened comes after the first samples do.
    const QList<NetSample> known = m_service->samples(id);
    const bool hasEarlier =
        !known.isEmpty() && (series->isEmpty() || known.first().second < series->firstSecond());
    if (isNewRun || hasEarlier) {
        m_startedAt.insert(id, box->startedAt);
        series->reset(known);
    }
}

void TrafficStore::onBoxRemoved(const BoxId &id)
{
    m_latest.remove(id);
    m_startedAt.remove(id);
    if (TrafficSeries *series = m_series.take(id))
        series->deleteLater();
}

} // namespace boxgate::ui
