#include "net/policy/ruleindex.h"

namespace boxgate::net {

RuleIndex::RuleIndex(std::vector<AllowRule> rules)
    : m_rules(std::move(rules))
{
    for (size_t i = 0; i < m_rules.size(); ++i) {
        if (const auto *range = std::get_if<Cidr>(&m_rules[i].pattern)) {
            m_ranges[range->prefix][range->network].push_back(int(i));
        } else {
            const auto &pattern = std::get<NamePattern>(m_rules[i].pattern);
            (pattern.wildcard ? m_below : m_exact)[pattern.name].push_back(int(i));
        }
    }
}

std::optional<int> RuleIndex::firstGranting(const Indices &indices, Transport transport, uint16_t port) const
{
    for (const int index : indices) {
        if (m_rules[size_t(index)].grants(transport, port))
            return index;
    }
    return std::nullopt;
}

template <typename Visit> bool RuleIndex::visitAddress(Ipv4 address, Visit visit) const
{
    for (int prefix = 32; prefix >= 0; --prefix) {
        const auto &ranges = m_ranges[size_t(prefix)];
        if (ranges.empty())
            continue;
        const auto found = ranges.find(Ipv4{address.value & Cidr::mask(uint8_t(prefix))});
        if (found != ranges.end() && visit(found->second))
            return true;
    }
    return false;
}

template <typename Visit> bool RuleIndex::visitName(std::string_view name, Visit visit) const
{
    if (const auto found = m_exact.find(name); found != m_exact.end() && visit(found->second))
        return true;
    for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
        const auto found = m_below.find(name.substr(dot + 1));
        if (found != m_below.end() && visit(found->second))
            return true;
    }
    return false;
}

std::optional<int> RuleIndex::matchAddress(Ipv4 address, Transport transport, uint16_t port) const
{
    std::optional<int> match;
    visitAddress(address, [&](const Indices &indices) {
        match = firstGranting(indices, transport, port);
        return match.has_value();
    });
    return match;
}

bool RuleIndex::coversAddress(Ipv4 address) const
{
    return visitAddress(address, [](const Indices &) { return true; });
}

std::optional<int> RuleIndex::matchName(std::string_view name, Transport transport, uint16_t port) const
{
    std::optional<int> match;
    visitName(name, [&](const Indices &indices) {
        match = firstGranting(indices, transport, port);
        return match.has_value();
    });
    return match;
}

std::optional<int> RuleIndex::firstForName(std::string_view name) const
{
    std::optional<int> match;
    visitName(name, [&](const Indices &indices) {
        match = indices.front();
        return true;
    });
    return match;
}

} // namespace boxgate::net
