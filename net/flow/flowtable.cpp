#include "net/flow/flowtable.h"

namespace boxgate::net {

FlowTable::FlowTable(size_t capacity)
    : m_capacity(capacity)
{ }

Flow *FlowTable::find(const FlowKey &key)
{
    const auto found = m_flows.find(key);
    return found == m_flows.end() ? nullptr : &found->second;
}

Flow *FlowTable::findBySocket(int socket)
{
    return socket >= 0 && size_t(socket) < m_bySocket.size() ? m_bySocket[size_t(socket)] : nullptr;
}

Flow *FlowTable::add(const FlowKey &key, const Verdict &verdict, Flow::Clock::time_point now)
{
    if (isFull())
        return nullptr;
    const auto [entry, isNew] = m_flows.try_emplace(key);
    if (!isNew)
        return nullptr;
    Flow &flow = entry->second;
    flow.key = key;
    flow.verdict = verdict;
    flow.firstActivity = now;
    flow.lastActivity = now;
    return &flow;
}

void FlowTable::setSocket(Flow &flow, int socket)
{
    if (flow.socket >= 0)
        m_bySocket[size_t(flow.socket)] = nullptr;
    flow.socket = socket;
    if (socket < 0)
        return;
    if (size_t(socket) >= m_bySocket.size())
        m_bySocket.resize(size_t(socket) + 64, nullptr);
    m_bySocket[size_t(socket)] = &flow;
}

void FlowTable::remove(Flow &flow)
{
    setSocket(flow, -1);
    const FlowKey key = flow.key;
    m_flows.erase(key);
}

} // namespace boxgate::net
