#include "net/flow/destinationtable.h"

namespace boxgate::net {

void add(Traffic &total, const Traffic &more)
{
    total.bytesSent += more.bytesSent;
    total.bytesReceived += more.bytesReceived;
    total.packetsSent += more.packetsSent;
    total.packetsReceived += more.packetsReceived;
}

Traffic difference(const Traffic &now, const Traffic &before)
{
    return {now.bytesSent - before.bytesSent, now.bytesReceived - before.bytesReceived,
            now.packetsSent - before.packetsSent, now.packetsReceived - before.packetsReceived};
}

Destination &DestinationTable::enter(const DestinationKey &key, const Flow &flow)
{
    const auto [entry, isNew] = m_destinations.try_emplace(key);
    Destination &destination = entry->second;
    if (isNew) {
        destination.key = key;
        destination.report.transport = destination.untaken.transport = key.transport;
        destination.report.direction = destination.untaken.direction = key.direction;
        destination.report.port = destination.untaken.port = key.port;
        destination.untaken.destination = key.peer;
    } else if (destination.report.openFlows == 0) {
        m_idle.erase(destination.idle);
    }
    destination.report.remote = flow.key.remote;
    destination.report.reason = flow.verdict.reason;
    destination.report.name = flow.name;
    destination.report.nameSource = flow.nameSource;
    ++destination.report.flows;
    ++destination.report.openFlows;
    ++destination.untaken.flows;
    return destination;
}

void DestinationTable::leave(Destination &destination)
{
    if (--destination.report.openFlows > 0)
        return;
    destination.idle = m_idle.insert(m_idle.end(), &destination);
    if (m_idle.size() > MaxIdle)
        evict();
}

void DestinationTable::withdraw(Destination &destination)
{
    --destination.report.flows;
    if (destination.untaken.flows > 0)
        --destination.untaken.flows;
    leave(destination);
    if (destination.report.flows == 0) {
        m_idle.erase(destination.idle);
        const DestinationKey key = destination.key;
        m_destinations.erase(key);
    }
}

void DestinationTable::evict()
{
    Destination &oldest = *m_idle.front();
    m_idle.pop_front();
    const bool hasNews = oldest.untaken.flows > 0 || oldest.untaken.traffic != Traffic();
    if (hasNews && m_evicted.size() < MaxIdle)
        m_evicted.push_back(std::move(oldest.untaken));
    const DestinationKey key = oldest.key;
    m_destinations.erase(key);
}

std::vector<DestinationTotal> DestinationTable::take()
{
    std::vector<DestinationTotal> totals = std::move(m_evicted);
    m_evicted.clear();
    for (auto &[key, destination] : m_destinations) {
        if (destination.untaken.flows == 0 && destination.untaken.traffic == Traffic())
            continue;
        totals.push_back(destination.untaken);
        destination.untaken.flows = 0;
        destination.untaken.traffic = {};
    }
    return totals;
}

} // namespace boxgate::net
