#pragma once

#include "net/policy/allowrule.h"

#include <bitset>
#include <optional>
#include <span>
#include <vector>

namespace boxgate::net {

/// The rules of an allowlist, found by name or by address at a cost that does not grow with their number: one
/// look-up per label of the name, or per prefix length in use, in a hash table that is laid out for few cache
/// misses. Immutable once built; any thread.
class RuleIndex
{
public:
    RuleIndex() = default;
    explicit RuleIndex(std::vector<AllowRule> rules);

    /// The rule for addresses that grants this, the longest prefix first; its index.
    std::optional<int> matchAddress(Ipv4 address, Transport transport, uint16_t port) const;
    /// Whether some address rule covers it, on whichever port.
    bool coversAddress(Ipv4 address) const;

    /// The rule for names that grants this, the exact name first, then the longest suffix; its index.
    /// name   normalized
    std::optional<int> matchName(std::string_view name, Transport transport, uint16_t port) const;
    /// The first rule that matches a name, on whichever port.
    std::optional<int> firstForName(std::string_view name) const;
    /// Whether some name rule matches, on whichever port.
    bool coversName(std::string_view name) const { return firstForName(name).has_value(); }

private:
    struct Grant
    {
        int index; ///< of the rule
        PortGrant ports;
    };
    /// Where the grants of one pattern lie, in the order of their rules.
    struct Slot
    {
        uint64_t key = 0;
        uint32_t begin = 0;
        uint32_t end = 0; ///< begin: the slot is free
    };

    void build(std::vector<std::pair<uint64_t, int>> patterns);
    std::span<const Grant> grantsOf(uint64_t key) const;
    const NamePattern &nameOf(const Grant &grant) const;
    /// Calls visit(grant) for each rule that matches, best first, until it returns true.
    template <typename Visit> bool visitName(std::string_view name, Visit visit) const;
    template <typename Visit> bool visitAddress(Ipv4 address, Visit visit) const;

    std::vector<AllowRule> m_rules;
    std::vector<Grant> m_grants;
    std::vector<Slot> m_slots; ///< open addressing; a power of two, at most half full
    std::bitset<33> m_prefixes; ///< lengths in use
};

} // namespace boxgate::net
