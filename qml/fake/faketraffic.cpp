#include "qml/fake/faketraffic.h"

#include <algorithm>
#include <cmath>

namespace boxgate {

FakeTraffic::FakeTraffic(TrafficPattern pattern, quint32 seed)
    : m_pattern(pattern)
    , m_random(seed)
{ }

double FakeTraffic::uniform(double low, double high)
{
    // Not std::uniform_real_distribution: its values differ between standard libraries.
    return low + (high - low) * double(m_random()) / 4294967295.0;
}

NetSample FakeTraffic::next(qint64 second)
{
    double down = 0;
    double up = 0;
    m_level = std::clamp(m_level + uniform(-0.14, 0.14), 0.08, 1.0);
    switch (m_pattern) {
    case TrafficPattern::Idle:
        break;
    case TrafficPattern::Chatty:
        if (uniform(0, 1) < 0.6) {
            down = uniform(1e3, 18e3) * m_level;
            up = uniform(1e3, 9e3) * m_level;
        }
        break;
    case TrafficPattern::Bursts:
        if (m_burstLeft == 0 && uniform(0, 1) < 0.07)
            m_burstLeft = int(uniform(2, 9));
        if (m_burstLeft > 0) {
            --m_burstLeft;
            down = uniform(0.4e6, 1.9e6);
            up = uniform(20e3, 90e3);
        } else {
            down = uniform(0, 1) < 0.2 ? uniform(500, 4e3) : 0;
            up = down * 0.7;
        }
        break;
    case TrafficPattern::Download:
        down = 9e6 * m_level * (0.85 + 0.15 * std::sin(double(second) / 4)) * uniform(0.85, 1.0);
        up = down * 0.03 + (m_level > 0.5 ? uniform(0.2e6, 1.4e6) : uniform(0, 0.15e6));
        break;
    case TrafficPattern::Upload:
        up = std::max(0.0, 3e6 * m_level * std::sin(double(second) / 9)) * uniform(0.8, 1.0);
        down = up * 0.05 + uniform(0, 30e3);
        break;
    }
    return {.second = second, .bytesSent = quint64(up), .bytesReceived = quint64(down)};
}

} // namespace boxgate
