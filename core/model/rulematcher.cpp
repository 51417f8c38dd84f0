#include "core/model/rulematcher.h"

#include "net/policy/ruleindex.h"

namespace boxgate {

RuleMatcher::RuleMatcher(const QStringList &rules)
{
    std::vector<net::AllowRule> parsed;
    for (const QString &text : rules) {
        auto rule = net::AllowRule::parse(text.toStdString());
        if (!rule)
            continue;
        parsed.push_back(std::move(*rule));
        m_rules.append(text);
    }
    m_index = std::make_unique<net::RuleIndex>(std::move(parsed));
}

RuleMatcher::~RuleMatcher() = default;

std::optional<QString> RuleMatcher::match(const NetPeer &peer) const
{
    const net::Transport transport =
        peer.protocol == QLatin1String("udp") ? net::Transport::Udp : net::Transport::Tcp;
    std::optional<int> index;
    if (const auto address = net::parseIpv4(peer.address.toStdString()))
        index = m_index->matchAddress(*address, transport, peer.port);
    if (!index && !peer.name.isEmpty())
        index = m_index->matchName(net::normalizedName(peer.name.toStdString()), transport, peer.port);
    return index ? std::optional(m_rules.at(*index)) : std::nullopt;
}

} // namespace boxgate
