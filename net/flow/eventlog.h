#pragma once

#include "net/report.h"

#include <deque>

namespace boxgate::net {

/// The last events, numbered from 1. Thread: net.
class EventLog
{
public:
    static constexpr size_t MaxEvents = 4096;

    /// Numbers the event and keeps it.
    void add(Event event)
    {
        event.sequence = ++m_last;
        m_events.push_back(std::move(event));
        if (m_events.size() > MaxEvents)
            m_events.pop_front();
    }

    EventBatch after(uint64_t sequence) const
    {
        EventBatch batch;
        const uint64_t first = m_last - m_events.size() + 1;
        if (sequence > 0 && sequence + 1 < first)
            batch.lost = first - sequence - 1;
        const uint64_t skipped =
            sequence + 1 > first ? std::min<uint64_t>(sequence + 1 - first, m_events.size()) : 0;
        batch.events.assign(m_events.begin() + ptrdiff_t(skipped), m_events.end());
        return batch;
    }

private:
    std::deque<Event> m_events;
    uint64_t m_last = 0;
};

} // namespace boxgate::net
