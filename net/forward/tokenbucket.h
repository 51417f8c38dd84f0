#pragma once

#include <algorithm>
#include <chrono>

namespace boxgate::net {

/// Lets rate events per second pass on average and burst at once.
class TokenBucket
{
public:
    using Clock = std::chrono::steady_clock;

    TokenBucket(double rate, double burst)
        : m_rate(rate)
        , m_burst(burst)
        , m_tokens(burst)
    { }

    bool take(Clock::time_point now)
    {
        if (m_last != Clock::time_point())
            m_tokens =
                std::min(m_burst, m_tokens + m_rate * std::chrono::duration<double>(now - m_last).count());
        m_last = now;
        if (m_tokens < 1)
            return false;
        m_tokens -= 1;
        return true;
    }

private:
    double m_rate;
    double m_burst;
    double m_tokens;
    Clock::time_point m_last;
};

} // namespace boxgate::net
