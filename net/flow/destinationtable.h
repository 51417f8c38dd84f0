#pragma once

#include "net/flow/flow.h"
#include "net/report.h"

#include <list>
#include <string>
#include <unordered_map>

namespace boxgate::net {

/// What makes a destination: flows to one name (or address, where no name is known), port and protocol.
struct DestinationKey
{
    Transport transport = Transport::Tcp;
    Direction direction = Direction::Outbound;
    std::string peer; ///< its name, or its address
    uint16_t port = 0; ///< of the remote; inbound: of the guest

    bool operator==(const DestinationKey &) const = default;
};

/// One destination: what its ended flows carried, and what its open ones had carried when they were settled.
struct Destination
{
    DestinationKey key;
    DestinationReport
        report; ///< times are filled in by the ledger; openFlows counts those that finished, too
    uint64_t finishedFlows = 0; ///< of the open ones
    DestinationTotal untaken; ///< since the last take
    std::list<Destination *>::iterator idle; ///< valid while no flow is open
};

} // namespace boxgate::net

template <> struct std::hash<boxgate::net::DestinationKey>
{
    size_t operator()(const boxgate::net::DestinationKey &key) const noexcept
    {
        const size_t rest = size_t(key.port) << 4 | size_t(key.transport) << 2 | size_t(key.direction);
        return std::hash<std::string>()(key.peer) ^ rest * 0x9e3779b97f4a7c15u;
    }
};

namespace boxgate::net {

/// Where the box's flows went. Bounded: every destination with an open flow, and the MaxIdle others used
/// last. Entries do not move while they live. Thread: net.
class DestinationTable
{
public:
    static constexpr size_t MaxIdle = 4096;

    /// Counts a flow in. Returns  its destination, which lives at least until the flow is counted out
    Destination &enter(const DestinationKey &key, const Flow &flow);
    /// Counts a flow out; settle it before.
    void leave(Destination &destination);
    /// Takes a flow back that had been counted in under a name that was not its own.
    void withdraw(Destination &destination);

    template <typename Visit> void forEach(Visit visit)
    {
        for (auto &[key, destination] : m_destinations)
            visit(destination);
    }

    /// What passed since the last take, with what evicted destinations had left.
    std::vector<DestinationTotal> take();

    size_t size() const { return m_destinations.size(); }

private:
    void evict();

    std::unordered_map<DestinationKey, Destination> m_destinations;
    std::list<Destination *> m_idle; ///< the one used longest ago first
    std::vector<DestinationTotal> m_evicted; ///< with traffic that nobody has taken yet; bounded
};

/// Adds what passed.
void add(Traffic &total, const Traffic &more);
Traffic difference(const Traffic &now, const Traffic &before);

} // namespace boxgate::net
