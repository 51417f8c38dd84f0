#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>

namespace boxgate {

/// Tells when the host has slept: a guest's clock stands still meanwhile, and must be set.
/// Thread: the main thread. Looks every Interval, by a coarse timer.
class SleepWatch : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds Interval{5000};
    static constexpr std::chrono::milliseconds ShortestSleep{500};

    explicit SleepWatch(QObject *parent = nullptr);

Q_SIGNALS:
    void awoke(std::chrono::milliseconds slept);

private:
    QTimer m_timer;
    std::chrono::milliseconds m_asleep;
};

} // namespace boxgate
