#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace boxgate::net {

/// Lets at most `rate` bytes per second pass on average; a frame may take the bucket below zero, and then
/// nothing passes until it is above zero again. Rate 0: no limit.
///
/// It begins empty and holds what passes in 100 ms, at least one largest frame and at most MostBytes. Pure
/// and exact; the caller asks isOpen(), lets the frame pass and takes its bytes.
class ByteBucket
{
public:
    using Clock = std::chrono::steady_clock;
    static_assert(Clock::period::den == 1'000'000'000);

    static constexpr uint64_t LargestFrame = 65550; ///< bytes
    static constexpr uint64_t MostBytes = 4'000'000'000; ///< in it, or owed: keeps all sums in 64 bits

    /// The time since the last isOpen() is not credited, least of all at the new rate; neither a debt nor
    /// what has gathered changes, except that the bucket may have become smaller.
    void setRate(uint64_t bytesPerSecond)
    {
        if (bytesPerSecond == m_rate)
            return;
        m_rate = bytesPerSecond;
        m_tokens = std::min(m_tokens, burst());
        m_last = {};
    }

    bool isLimited() const { return m_rate > 0; }

    bool isOpen(Clock::time_point now)
    {
        if (!isLimited())
            return true;
        m_tokens = tokensAt(now);
        m_last = std::max(now, m_last);
        return m_tokens > 0;
    }

    void take(size_t bytes)
    {
        if (isLimited())
            m_tokens = std::max(m_tokens - tokensOf(bytes), -tokensOf(MostBytes));
    }

    /// How long isOpen() stays false, rounded up; 0 when it is open.
    std::chrono::milliseconds untilOpen(Clock::time_point now) const
    {
        const int64_t tokens = isLimited() ? tokensAt(now) : 1;
        if (tokens > 0)
            return {};
        return std::chrono::ceil<std::chrono::milliseconds>(Clock::duration(uint64_t(-tokens) / m_rate + 1));
    }

private:
    /// A token is what a byte per second earns in a nanosecond.
    static int64_t tokensOf(uint64_t bytes) { return int64_t(std::min(bytes, MostBytes)) * 1'000'000'000; }

    int64_t burst() const { return tokensOf(std::max(m_rate / 10, LargestFrame)); }

    int64_t tokensAt(Clock::time_point now) const
    {
        if (m_last == Clock::time_point() || now < m_last)
            return m_tokens;
        const uint64_t passed = uint64_t((now - m_last).count());
        const uint64_t room = uint64_t(burst() - m_tokens);
        return passed > room / m_rate ? burst() : m_tokens + int64_t(passed * m_rate);
    }

    uint64_t m_rate = 0; ///< bytes per second
    int64_t m_tokens = 0; ///< below 0: a debt
    Clock::time_point m_last; ///< up to when m_tokens are counted; the clock's epoch: not yet
};

} // namespace boxgate::net
