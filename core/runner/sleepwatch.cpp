#include "core/runner/sleepwatch.h"

#include "core/runner/processtime.h"

namespace boxgate {

SleepWatch::SleepWatch(QObject *parent)
    : QObject(parent)
    , m_asleep(timeAsleep())
{
    m_timer.setTimerType(Qt::VeryCoarseTimer);
    m_timer.setInterval(Interval);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const std::chrono::milliseconds asleep = timeAsleep();
        const std::chrono::milliseconds slept = asleep - m_asleep;
        m_asleep = asleep;
        if (slept >= ShortestSleep)
            Q_EMIT awoke(slept);
    });
    m_timer.start();
}

} // namespace boxgate
