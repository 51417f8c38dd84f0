#include "core/image/registry/pullprogress.h"

#include <algorithm>

namespace boxgate {

Bytes PullProgress::total() const
{
    quint64 sum = 0;
    for (const Blob &blob : blobs)
        sum += quint64(blob.size);
    return Bytes(sum);
}

Bytes PullProgress::done() const
{
    quint64 sum = 0;
    for (const Blob &blob : blobs)
        sum += quint64(blob.done);
    return Bytes(sum);
}

qsizetype PullProgress::finishedBlobs() const
{
    return std::count_if(blobs.begin(), blobs.end(), [](const Blob &blob) { return blob.done == blob.size; });
}

std::optional<std::chrono::seconds> PullProgress::timeLeft() const
{
    constexpr double longest = 7.0 * 24 * 3600;
    constexpr qint64 enough = 1 << 20; // before that the rate is one of small documents
    if (stage != Stage::Downloading || received < enough || done() == total())
        return std::nullopt;
    const double seconds = double(total().count() - done().count()) / std::max(bytesPerSecond, 1.0);
    return std::chrono::seconds(qint64(std::min(seconds, longest)) + 1);
}

void RateMeter::add(qint64 bytes, Clock::time_point now)
{
    if (!m_begin)
        m_begin = now;
    // One sample per tick is enough for a window of seconds.
    constexpr std::chrono::milliseconds tick{50};
    if (!m_samples.empty() && now - m_samples.back().time < tick)
        m_samples.back().bytes += bytes;
    else
        m_samples.push_back({now, bytes});
    m_sum += bytes;
    forgetBefore(now - Window);
}

double RateMeter::rate(Clock::time_point now)
{
    if (!m_begin)
        return 0;
    forgetBefore(now - Window);
    constexpr double shortest = 0.25; // seconds; else the first bytes make a rate of their own
    const double elapsed = std::chrono::duration<double>(now - *m_begin).count();
    return double(m_sum) / std::clamp(elapsed, shortest, double(Window.count()));
}

void RateMeter::forgetBefore(Clock::time_point begin)
{
    while (!m_samples.empty() && m_samples.front().time < begin) {
        m_sum -= m_samples.front().bytes;
        m_samples.pop_front();
    }
}

} // namespace boxgate
