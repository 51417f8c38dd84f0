#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace boxgate::net {

/// Lets at most `rate` bytes per second pass on average; a frame may take the bucket below zero, and then
/// nothing passes until it is above zero again. Rate 0: no limit.
///
/// It begins empty and holds what passes in 100 ms, at least one largest frame. Pure; the caller asks
/// isOpen(), lets the frame pass and takes its bytes.
class ByteBucket
{
public:
    using Clock = std::chrono::steady_clock;

    static constexpr double LargestFrame = 65550; ///< bytes
    static constexpr double BurstSeconds = 0.1;

    /// The time since the last isOpen() is not credited, least of all at the new rate; neither a debt nor
    /// what has gathered changes, except that the bucket may have become smaller.
    void setRate(uint64_t bytesPerSecond)
    {
        if (double(bytesPerSecond) == m_rate)
            return;
        m_rate = double(bytesPerSecond);
        m_tokens = std::min(m_tokens, burst());
        m_last.reset();
    }

    bool isLimited() const { return m_rate > 0; }

    bool isOpen(Clock::time_point now)
    {
        if (!isLimited())
            return true;
        m_tokens = tokensAt(now);
        m_last = std::max(now, m_last.value_or(now));
        return m_tokens > 0;
    }

    void take(size_t bytes)
    {
        if (isLimited())
            m_tokens -= double(bytes);
    }

    /// How long isOpen() stays false, rounded up; 0 when it is open. A day at most.
    std::chrono::milliseconds untilOpen(Clock::time_point now) const
    {
        constexpr double Day = 86400e3; // ms
        const double tokens = isLimited() ? tokensAt(now) : 1;
        if (tokens > 0)
            return {};
        return std::chrono::milliseconds(int64_t(std::min(std::floor(-tokens * 1000 / m_rate) + 1, Day)));
    }

private:
    double burst() const { return std::max(m_rate * BurstSeconds, LargestFrame); }

    double tokensAt(Clock::time_point now) const
    {
        const Clock::duration passed = std::max(now - m_last.value_or(now), Clock::duration());
        return std::min(burst(), m_tokens + m_rate * std::chrono::duration<double>(passed).count());
    }

    double m_rate = 0; ///< bytes per second
    double m_tokens = 0; ///< bytes; below 0: a debt
    std::optional<Clock::time_point> m_last; ///< up to when m_tokens are counted
};

} // namespace boxgate::net
