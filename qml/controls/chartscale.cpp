#include "qml/controls/chartscale.h"

#include <algorithm>
#include <cmath>

namespace boxgate::ui {

std::vector<TrafficPoint> binned(const TrafficSeries &series, qint64 end, int seconds, int bins)
{
    const int width = std::max(1, seconds / std::max(1, bins));
    const qint64 lastBin = end / width;
    std::vector<TrafficPoint> points;
    points.reserve(size_t(bins));
    for (qint64 bin = lastBin - bins + 1; bin <= lastBin; ++bin) {
        TrafficPoint point{.firstSecond = bin * width};
        const qint64 stop = std::min(point.firstSecond + width, end + 1);
        for (qint64 second = point.firstSecond; second < stop; ++second) {
            const NetSample sample = series.at(second);
            point.down += double(sample.bytesReceived);
            point.up += double(sample.bytesSent);
        }
        const double passed = double(std::max<qint64>(1, stop - point.firstSecond));
        point.down /= passed;
        point.up /= passed;
        points.push_back(point);
    }
    return points;
}

double niceCeiling(double value)
{
    if (value <= 1)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (value <= step * power * (1 + 1e-9))
            return step * power;
    }
    return 10 * power;
}

double AxisCeiling::update(double peak)
{
    const double wanted = std::max(Lowest, niceCeiling(peak));
    if (peak > m_value || wanted <= m_value * 0.4)
        m_value = wanted;
    return m_value;
}

} // namespace boxgate::ui
