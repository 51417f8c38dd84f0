#pragma once

#include "net/report.h"

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace boxgate::net {

/// What a blocked frame was about.
struct Attempt
{
    Transport transport = Transport::Any;
    Ipv4 remote;
    uint16_t port = 0;
    Reason reason = Reason::NoRule;

    bool operator==(const Attempt &) const = default;
};

/// An attempt, and what tells it from others to the same place: the name in a hello or a DNS question, or the
/// defect of a frame.
struct AttemptKey
{
    Attempt attempt;
    std::string subject;

    bool operator==(const AttemptKey &) const = default;
};

} // namespace boxgate::net

template <> struct std::hash<boxgate::net::AttemptKey>
{
    size_t operator()(const boxgate::net::AttemptKey &key) const noexcept
    {
        uint64_t value = uint64_t(key.attempt.remote.value) << 32 | uint64_t(key.attempt.port) << 16
            | uint64_t(key.attempt.transport) << 8 | uint64_t(key.attempt.reason);
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
        return size_t(value ^ value >> 27) ^ std::hash<std::string>()(key.subject);
    }
};

namespace boxgate::net {

/// What the gate blocked, collapsed: one entry per destination, port, protocol and reason. Bounded to the
/// MaxEntries seen last. Thread: net.
class BlockedTable
{
public:
    static constexpr size_t MaxEntries = 1024;

    struct Entry
    {
        BlockedReport report;
        uint64_t untold = 0; ///< frames since the last event about it
        uint64_t untaken = 0; ///< frames since the last take
    };
    struct Noted
    {
        Entry &entry;
        bool isNew;
    };

    /// Counts one frame. subject   see AttemptKey; at unixMs
    Noted note(const Attempt &attempt, std::string_view subject, int64_t unixMs);

    /// Calls visit(entry) for each, the one seen last first.
    template <typename Visit> void forEach(Visit visit)
    {
        for (auto &[key, entry] : m_order)
            visit(entry);
    }

private:
    using Order = std::list<std::pair<AttemptKey, Entry>>;

    Order m_order; ///< the one seen last first
    std::unordered_map<AttemptKey, Order::iterator> m_entries;
    AttemptKey m_scratch; ///< saves an allocation per frame
};

} // namespace boxgate::net
