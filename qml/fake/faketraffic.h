#pragma once

#include "core/model/netsample.h"

#include <random>

namespace boxgate {

/// What a made-up box does on its network.
enum class TrafficPattern
{
    Idle, ///< nothing at all
    Chatty, ///< a few kB/s both ways, pauses in between
    Bursts, ///< quiet, then a page of a few MB
    Download, ///< a long download with a varying rate
    Upload ///< pushes in waves
};

/// Makes samples that look like a box's traffic; the same seed makes the same samples.
class FakeTraffic
{
public:
    FakeTraffic(TrafficPattern pattern, quint32 seed);

    NetSample next(qint64 second);

private:
    double uniform(double low, double high);

    TrafficPattern m_pattern;
    std::mt19937 m_random;
    double m_level = 0.5; ///< 0..1, wanders
    int m_burstLeft = 0; ///< seconds
};

} // namespace boxgate
