#pragma once

#include "net/policy/allowrule.h"

#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

namespace boxgate::net {

/// The rules of an allowlist, found by name or by address at a cost that does not grow with their number: one
/// hash look-up per label of the name, or per prefix length in use. Immutable once built; any thread.
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
    using Indices = std::vector<int>;
    struct TextHash
    {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using ByName = std::unordered_map<std::string, Indices, TextHash, std::equal_to<>>;

    /// Calls visit(indices) for each group of rules that match, best first, until it returns true.
    template <typename Visit> bool visitName(std::string_view name, Visit visit) const;
    template <typename Visit> bool visitAddress(Ipv4 address, Visit visit) const;
    std::optional<int> firstGranting(const Indices &indices, Transport transport, uint16_t port) const;

    std::vector<AllowRule> m_rules;
    ByName m_exact;
    ByName m_below; ///< wildcards, by the name they are below
    std::array<std::unordered_map<Ipv4, Indices>, 33> m_ranges; ///< by prefix length
};

} // namespace boxgate::net
