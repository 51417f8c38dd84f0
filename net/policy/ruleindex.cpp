#include "net/policy/ruleindex.h"

#include <algorithm>
#include <bit>

namespace boxgate::net {

namespace {

enum class Scope : uint64_t
{
    Exact,
    Below ///< wildcards, by the name they are below
};

/// Every range has a key of its own.
uint64_t keyOf(Cidr range) { return uint64_t(1) << 63 | uint64_t(range.prefix) << 32 | range.network.value; }

/// Names may share one: who finds a rule by it looks at the rule's name.
uint64_t keyOf(std::string_view name, Scope scope)
{
    const uint64_t hash = std::hash<std::string_view>()(name);
    return (hash >> 2) | uint64_t(scope) << 62;
}

uint64_t keyOf(const AllowRule &rule)
{
    if (const auto *range = std::get_if<Cidr>(&rule.pattern))
        return keyOf(*range);
    const auto &pattern = std::get<NamePattern>(rule.pattern);
    return keyOf(pattern.name, pattern.wildcard ? Scope::Below : Scope::Exact);
}

/// Where a key's search begins: the upper bits of a product with the golden ratio, which all bits reach.
size_t firstSlot(uint64_t key, size_t slots)
{
    return size_t((key * 0x9e3779b97f4a7c15u) >> 32) & (slots - 1);
}

} // namespace

RuleIndex::RuleIndex(std::vector<AllowRule> rules)
    : m_rules(std::move(rules))
{
    std::vector<std::pair<uint64_t, int>> patterns;
    for (size_t i = 0; i < m_rules.size(); ++i) {
        patterns.emplace_back(keyOf(m_rules[i]), int(i));
        if (const auto *range = std::get_if<Cidr>(&m_rules[i].pattern))
            m_prefixes.set(range->prefix);
    }
    build(std::move(patterns));
}

void RuleIndex::build(std::vector<std::pair<uint64_t, int>> patterns)
{
    std::ranges::sort(patterns); // by key, then in the order of the rules
    m_slots.resize(std::bit_ceil(2 * patterns.size() + 1));
    for (size_t i = 0; i < patterns.size();) {
        Slot slot{patterns[i].first, uint32_t(i), uint32_t(i)};
        for (; i < patterns.size() && patterns[i].first == slot.key; ++i) {
            const int index = patterns[i].second;
            m_grants.push_back({index, m_rules[size_t(index)]});
        }
        slot.end = uint32_t(i);
        size_t at = firstSlot(slot.key, m_slots.size());
        while (m_slots[at].begin != m_slots[at].end)
            at = (at + 1) & (m_slots.size() - 1);
        m_slots[at] = slot;
    }
}

std::span<const RuleIndex::Grant> RuleIndex::grantsOf(uint64_t key) const
{
    if (m_slots.empty())
        return {};
    for (size_t at = firstSlot(key, m_slots.size());; at = (at + 1) & (m_slots.size() - 1)) {
        const Slot &slot = m_slots[at];
        if (slot.begin == slot.end)
            return {};
        if (slot.key == key)
            return std::span(m_grants).subspan(slot.begin, slot.end - slot.begin);
    }
}

const NamePattern &RuleIndex::nameOf(const Grant &grant) const
{
    return std::get<NamePattern>(m_rules[size_t(grant.index)].pattern);
}

template <typename Visit> bool RuleIndex::visitAddress(Ipv4 address, Visit visit) const
{
    for (size_t prefix = m_prefixes.size(); prefix-- > 0;) {
        if (!m_prefixes[prefix])
            continue;
        const Ipv4 network{address.value & Cidr::mask(uint8_t(prefix))};
        if (std::ranges::any_of(grantsOf(keyOf(Cidr{network, uint8_t(prefix)})), visit))
            return true;
    }
    return false;
}

template <typename Visit> bool RuleIndex::visitName(std::string_view name, Visit visit) const
{
    const auto visitOne = [&](std::string_view pattern, Scope scope) {
        return std::ranges::any_of(grantsOf(keyOf(pattern, scope)), [&](const Grant &grant) {
            const NamePattern &found = nameOf(grant);
            return found.name == pattern && found.wildcard == (scope == Scope::Below) && visit(grant);
        });
    };
    if (visitOne(name, Scope::Exact))
        return true;
    for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
        if (visitOne(name.substr(dot + 1), Scope::Below))
            return true;
    }
    return false;
}

std::optional<int> RuleIndex::matchAddress(Ipv4 address, Transport transport, uint16_t port) const
{
    std::optional<int> match;
    visitAddress(address, [&](const Grant &grant) {
        if (!grant.ports.grants(transport, port))
            return false;
        match = grant.index;
        return true;
    });
    return match;
}

bool RuleIndex::coversAddress(Ipv4 address) const
{
    return visitAddress(address, [](const Grant &) { return true; });
}

std::optional<int> RuleIndex::matchName(std::string_view name, Transport transport, uint16_t port) const
{
    std::optional<int> match;
    visitName(name, [&](const Grant &grant) {
        if (!grant.ports.grants(transport, port))
            return false;
        match = grant.index;
        return true;
    });
    return match;
}

std::optional<int> RuleIndex::firstForName(std::string_view name) const
{
    std::optional<int> match;
    visitName(name, [&](const Grant &grant) {
        match = grant.index;
        return true;
    });
    return match;
}

} // namespace boxgate::net
