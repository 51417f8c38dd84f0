#include "core/machine/hosttsc.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace boxgate {

namespace {

constexpr qint64 MaxCacheBytes = 4096;

#if defined(__x86_64__)
struct Reading
{
    quint64 nanoseconds = 0;
    quint64 ticks = 0;

    /// The best of three: the counter between two looks at the clock that are close together.
    static Reading take()
    {
        Reading best;
        quint64 closest = ~quint64(0);
        for (int i = 0; i < 3; ++i) {
            const quint64 before = clock();
            const quint64 ticks = __rdtsc();
            const quint64 after = clock();
            if (after - before < closest) {
                closest = after - before;
                best = {before + (after - before) / 2, ticks};
            }
        }
        return best;
    }

    static quint64 clock()
    {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC_RAW, &now);
        return quint64(now.tv_sec) * 1'000'000'000 + quint64(now.tv_nsec);
    }
};

/// Asleep, not spinning: the counter runs on. 50 ns of error at each end of 10 ms are 10 ppm.
int measure()
{
    const Reading begin = Reading::take();
    const timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
    const Reading end = Reading::take();
    if (end.nanoseconds <= begin.nanoseconds || end.ticks <= begin.ticks)
        return 0;
    return int(double(end.ticks - begin.ticks) * 1e6 / double(end.nanoseconds - begin.nanoseconds));
}
#else
int measure() { return 0; }
#endif

QString bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readLine(64)).trimmed() : QString();
}

} // namespace

int hostTscKilohertz(const QString &cacheDirectory)
{
    const QString boot = bootId();
    const QString path = cacheDirectory + QStringLiteral("/tsc.json");
    QFile cached(path);
    if (!boot.isEmpty() && cached.open(QIODevice::ReadOnly)) {
        const QJsonObject stored = QJsonDocument::fromJson(cached.read(MaxCacheBytes)).object();
        const int kilohertz = stored.value(QLatin1String("kilohertz")).toInt();
        if (stored.value(QLatin1String("boot")).toString() == boot && kilohertz > 0)
            return kilohertz;
    }
    const int kilohertz = measure();
    QSaveFile file(path);
    if (kilohertz > 0 && !boot.isEmpty() && file.open(QIODevice::WriteOnly)) {
        const QJsonObject stored{{QStringLiteral("boot"), boot}, {QStringLiteral("kilohertz"), kilohertz}};
        file.write(QJsonDocument(stored).toJson());
        file.commit();
    }
    return kilohertz;
}

} // namespace boxgate
