#pragma once

#include "net/engineconfig.h"

#include <array>
#include <atomic>
#include <limits>
#include <mutex>

namespace boxgate::net {

/// Counts what passes. Written by the net thread, read by any: the totals are relaxed atomics, and the
/// samples of seconds that are over change hands once per second.
class TrafficMeter
{
public:
    static constexpr int64_t SampleSeconds = 3600;

    explicit TrafficMeter(int64_t startSecond)
        : m_startSecond(startSecond)
    {
        m_current.second = startSecond;
    }

    // Net thread.
    void sent(size_t bytes);
    void received(size_t bytes);
    void blocked();
    void tcpEstablished();
    void tcpFailed();
    void tcpClosed();
    /// Tells the wall-clock time, in Unix seconds. Call it at least once per turn of the loop.
    void advance(int64_t second);
    /// Whether the running second holds something that advance() has yet to publish.
    bool hasUnpublished() const;

    // Any thread.
    Counters counters() const;
    /// Up to the last second that is over and published.
    std::vector<Sample> samples(int64_t sinceSecond, int64_t nowSecond) const;

private:
    // One writer, so a load and a store do instead of a locked add.
    static void add(std::atomic<uint64_t> &counter, uint64_t amount)
    {
        counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::atomic<uint64_t> m_bytesSent{0};
    std::atomic<uint64_t> m_bytesReceived{0};
    std::atomic<uint64_t> m_packetsSent{0};
    std::atomic<uint64_t> m_packetsReceived{0};
    std::atomic<uint64_t> m_packetsBlocked{0};
    std::atomic<uint64_t> m_tcpEstablished{0};
    std::atomic<uint64_t> m_tcpFailed{0};
    std::atomic<uint64_t> m_tcpOpen{0};

    static constexpr int64_t NoSecond = std::numeric_limits<int64_t>::max();
    /// Notes that the running second holds something, so that samples() does not report it as empty.
    void markRunning()
    {
        if (!hasUnpublished())
            m_unpublishedSecond.store(m_current.second, std::memory_order_relaxed);
    }

    const int64_t m_startSecond;
    Sample m_current; ///< net thread only
    std::atomic<int64_t> m_unpublishedSecond{NoSecond};
    mutable std::mutex m_mutex; ///< guards m_ring; taken once per second by the net thread
    std::array<Sample, SampleSeconds> m_ring{}; ///< by second modulo its size
};

} // namespace boxgate::net
