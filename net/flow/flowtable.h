#pragma once

#include "net/flow/flow.h"

#include <unordered_map>
#include <vector>

namespace boxgate::net {

/// The flows of one protocol, found by their key and by their socket. Flows do not move while they live.
/// Thread: net.
class FlowTable
{
public:
    /// capacity   add() refuses beyond it
    explicit FlowTable(size_t capacity);

    Flow *find(const FlowKey &key);
    Flow *findBySocket(int socket);

    /// Returns  the new flow, or nullptr when the table is full or the key is taken
    Flow *add(const FlowKey &key, const Verdict &verdict, Flow::Clock::time_point now);
    /// Ties a flow to its socket; -1 unties it.
    void setSocket(Flow &flow, int socket);
    void remove(Flow &flow);

    size_t size() const { return m_flows.size(); }
    bool isFull() const { return m_flows.size() >= m_capacity; }

    /// Calls visit(flow) for every flow that there was at the begin; visit may remove flows.
    template <typename Visit> void forEach(Visit visit)
    {
        std::vector<Flow *> flows;
        flows.reserve(m_flows.size());
        for (auto &[key, flow] : m_flows)
            flows.push_back(&flow);
        for (Flow *flow : flows)
            visit(*flow);
    }

private:
    size_t m_capacity;
    std::unordered_map<FlowKey, Flow> m_flows;
    std::vector<Flow *> m_bySocket;
};

} // namespace boxgate::net
