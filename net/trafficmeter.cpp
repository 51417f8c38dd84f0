#include "net/trafficmeter.h"

#include <algorithm>

namespace boxgate::net {

void TrafficMeter::sent(size_t bytes)
{
    add(m_bytesSent, bytes);
    add(m_packetsSent, 1);
    markRunning();
    m_current.bytesSent += bytes;
}

void TrafficMeter::received(size_t bytes)
{
    add(m_bytesReceived, bytes);
    add(m_packetsReceived, 1);
    markRunning();
    m_current.bytesReceived += bytes;
}

void TrafficMeter::blocked()
{
    add(m_packetsBlocked, 1);
    markRunning();
    ++m_current.packetsBlocked;
}

void TrafficMeter::tcpEstablished()
{
    add(m_tcpEstablished, 1);
    add(m_tcpOpen, 1);
}

void TrafficMeter::tcpFailed() { add(m_tcpFailed, 1); }

void TrafficMeter::tcpClosed() { add(m_tcpOpen, uint64_t(-1)); }

bool TrafficMeter::hasUnpublished() const
{
    return m_current.bytesSent != 0 || m_current.bytesReceived != 0 || m_current.packetsBlocked != 0;
}

void TrafficMeter::advance(int64_t second)
{
    if (second == m_current.second)
        return;
    if (hasUnpublished()) {
        const std::lock_guard lock(m_mutex);
        Sample &slot = m_ring[size_t(m_current.second % SampleSeconds)];
        if (slot.second == m_current.second) { // the clock was set back into a second that was over
            slot.bytesSent += m_current.bytesSent;
            slot.bytesReceived += m_current.bytesReceived;
            slot.packetsBlocked += m_current.packetsBlocked;
        } else {
            slot = m_current;
        }
        m_unpublishedSecond.store(NoSecond, std::memory_order_relaxed);
    }
    m_current = Sample();
    m_current.second = second;
}

Counters TrafficMeter::counters() const
{
    Counters counters;
    counters.bytesSent = m_bytesSent.load(std::memory_order_relaxed);
    counters.bytesReceived = m_bytesReceived.load(std::memory_order_relaxed);
    counters.packetsSent = m_packetsSent.load(std::memory_order_relaxed);
    counters.packetsReceived = m_packetsReceived.load(std::memory_order_relaxed);
    counters.packetsBlocked = m_packetsBlocked.load(std::memory_order_relaxed);
    counters.tcpEstablished = m_tcpEstablished.load(std::memory_order_relaxed);
    counters.tcpFailed = m_tcpFailed.load(std::memory_order_relaxed);
    counters.tcpOpen = m_tcpOpen.load(std::memory_order_relaxed);
    return counters;
}

std::vector<Sample> TrafficMeter::samples(int64_t sinceSecond, int64_t nowSecond) const
{
    const int64_t first = std::max({sinceSecond, m_startSecond, nowSecond - SampleSeconds, int64_t(0)});
    std::vector<Sample> result;
    const std::lock_guard lock(m_mutex);
    const int64_t end = std::min(nowSecond, m_unpublishedSecond.load(std::memory_order_relaxed));
    for (int64_t second = first; second < end; ++second) {
        const Sample &slot = m_ring[size_t(second % SampleSeconds)];
        result.push_back(slot.second == second ? slot : Sample{second});
    }
    return result;
}

} // namespace boxgate::net
