#pragma once

#include "net/wire/address.h"

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace boxgate::net {

/// Which allowed names resolved to an address lately. What makes a rule for a name hold for every protocol.
///
/// A pin lives for max(TTL, 60 s) plus IdleGrace, and at least IdleGrace after its last use. It keeps the
/// name and not the rule, so that a change of the rules counts at once. Bounded per name and in total; the
/// pin that would end first gives way. Thread: net.
class PinTable
{
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds ShortestLife{60};
    static constexpr std::chrono::minutes IdleGrace{10};
    static constexpr std::chrono::hours LongestLife{24}; ///< a longer TTL counts as this
    static constexpr size_t MaxPerName = 64;
    static constexpr size_t MaxPerAddress = 64; ///< each is looked at for a verdict
    static constexpr size_t MaxPins = 4096;

    /// Who said that the name leads there.
    enum class Source
    {
        Resolver,
        Zone ///< the box's own specification: private addresses are meant
    };

    struct Pin
    {
        std::string name;
        Source source = Source::Resolver;
        Clock::time_point ends;
    };

    void pin(Ipv4 address, const std::string &name, std::chrono::seconds ttl, Clock::time_point now,
             Source source = Source::Resolver);

    /// Calls visit(pin) for each name that is pinned to address, until it returns true; then that pin is
    /// used: its grace begins anew.
    template <typename Visit> bool use(Ipv4 address, Clock::time_point now, Visit visit)
    {
        const auto found = m_pins.find(address);
        if (found == m_pins.end())
            return false;
        for (Pin &pin : found->second) {
            if (pin.ends > now && visit(std::as_const(pin))) {
                pin.ends = std::max(pin.ends, now + IdleGrace);
                return true;
            }
        }
        return false;
    }

    /// The name that address got last; empty without one. Does not use the pin.
    std::string nameOf(Ipv4 address, Clock::time_point now) const;
    /// The addresses that a name is pinned to; looks at all pins. For explanations.
    std::vector<Ipv4> addressesOf(const std::string &name, Clock::time_point now) const;

    size_t size() const { return m_size; }

private:
    void forget(std::vector<Pin> &pins, std::vector<Pin>::iterator pin);
    void removeExpired(Clock::time_point now);
    /// Removes the pin that ends first; of one name when it is not empty.
    void removeFirstToEnd(const std::string &name);

    std::unordered_map<Ipv4, std::vector<Pin>> m_pins;
    std::unordered_map<std::string, size_t> m_perName;
    size_t m_size = 0;
};

} // namespace boxgate::net
