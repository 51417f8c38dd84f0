#include "net/flow/blockedtable.h"

namespace boxgate::net {

BlockedTable::Noted BlockedTable::note(const Attempt &attempt, std::string_view subject, int64_t unixMs)
{
    m_scratch.attempt = attempt;
    m_scratch.subject = subject;
    const auto known = m_entries.find(m_scratch);
    const bool isNew = known == m_entries.end();
    if (!isNew) {
        m_order.splice(m_order.begin(), m_order, known->second);
    } else {
        if (m_order.size() >= MaxEntries) {
            m_entries.erase(m_order.back().first);
            m_order.pop_back();
        }
        m_order.emplace_front(m_scratch, Entry());
        m_entries.emplace(m_scratch, m_order.begin());
        BlockedReport &report = m_order.front().second.report;
        report.transport = attempt.transport;
        report.remote = attempt.remote;
        report.port = attempt.port;
        report.reason = attempt.reason;
        report.firstSeen = unixMs;
    }
    Entry &entry = m_order.front().second;
    ++entry.report.count;
    ++entry.untold;
    ++entry.untaken;
    entry.report.lastSeen = unixMs;
    return {entry, isNew};
}

} // namespace boxgate::net
