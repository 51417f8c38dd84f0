#include "qml/controls/trafficseries.h"

namespace boxgate::ui {

void TrafficSeries::push(const NetSample &sample)
{
    if (m_samples.size() >= Capacity)
        m_samples.removeFirst();
    m_samples.append(sample);
    if (sample.bytesReceived > 0 || sample.bytesSent > 0)
        m_lastBusySecond = sample.second;
}

void TrafficSeries::reset(const QList<NetSample> &samples)
{
    m_samples.clear();
    m_lastBusySecond = 0;
    for (const NetSample &sample : samples)
        push(sample);
    Q_EMIT wasReset();
}

void TrafficSeries::append(const NetSample &sample)
{
    if (!m_samples.isEmpty()) {
        const qint64 last = lastSecond();
        if (sample.second < last)
            return;
        if (sample.second == last)
            m_samples.removeLast();
        else if (sample.second - last > Capacity)
            m_samples.clear();
        else
            for (qint64 second = last + 1; second < sample.second; ++second)
                push(NetSample{.second = second});
    }
    push(sample);
    Q_EMIT appended();
}

NetSample TrafficSeries::at(qint64 second) const
{
    if (m_samples.isEmpty() || second < m_samples.first().second || second > m_samples.last().second)
        return NetSample{.second = second};
    return m_samples.at(qsizetype(second - m_samples.first().second));
}

} // namespace boxgate::ui
