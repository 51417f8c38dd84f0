#pragma once

#include "qml/controls/trafficseries.h"

#include <vector>

namespace boxgate::ui {

/// Traffic of one column of a chart, in bytes per second.
struct TrafficPoint
{
    double down = 0;
    double up = 0;
    qint64 firstSecond = 0; ///< Unix time of its begin
};

/// The columns of a chart that ends with second end.
/// seconds  length of the whole chart; a multiple of bins
/// bins     number of columns; each is the mean over seconds / bins seconds
/// Columns start at multiples of their length, so that a peak keeps its height while it moves to the left;
/// the last one is the mean over the part that has passed.
std::vector<TrafficPoint> binned(const TrafficSeries &series, qint64 end, int seconds, int bins);

/// The smallest of 1, 2 and 5 times a power of ten that is not below value. 1 for values below 1.
double niceCeiling(double value);

/// The top of an axis that does not jump: it grows at once and shrinks only when less than two fifths of it
/// are needed.
class AxisCeiling
{
public:
    static constexpr double Lowest = 10e3; ///< bytes per second: the odd packet is no mountain

    /// Takes the highest value to be shown; returns the new top.
    double update(double peak);
    double value() const { return m_value; }
    void reset() { m_value = Lowest; }

private:
    double m_value = Lowest;
};

} // namespace boxgate::ui
