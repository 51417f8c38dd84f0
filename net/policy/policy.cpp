#include "net/policy/policy.h"

#include "net/addressplan.h"
#include "net/policy/blockedranges.h"

namespace boxgate::net {

namespace {

/// DNS over TLS and QUIC, mDNS, LLMNR: names that our resolver would not see.
bool isNameService(uint16_t port) { return port == 853 || port == 5353 || port == 5355; }

} // namespace

tl::expected<Policy, std::string> Policy::compile(const PolicyConfig &config)
{
    Policy policy;
    policy.m_mode = config.mode;
    policy.m_hostAlias = config.hostAlias;
    policy.m_hostAliasPorts.insert(config.hostAliasPorts.begin(), config.hostAliasPorts.end());
    std::vector<AllowRule> rules;
    for (const std::string &text : config.rules) {
        auto rule = AllowRule::parse(text);
        if (!rule)
            return tl::make_unexpected(rule.error());
        rules.push_back(std::move(*rule));
    }
    policy.m_texts = config.rules;
    policy.m_rules = RuleIndex(std::move(rules));
    return policy;
}

Verdict Policy::judge(const Endpoint &destination, PinTable &pins, PinTable::Clock::time_point now) const
{
    if (m_mode == Mode::Off)
        return {false, Reason::OffMode};
    if (destination.address == plan::HostAlias) {
        const bool isOpen = m_hostAlias == HostAlias::Open
            || (m_hostAlias == HostAlias::Ports && m_hostAliasPorts.contains(destination.port));
        return {isOpen, isOpen ? Reason::HostAlias : Reason::HostAliasClosed};
    }
    if (destination.address == plan::Gateway)
        return {false, Reason::Gateway};
    if (isIn(AlwaysBlocked, destination.address) || plan::Subnet.contains(destination.address))
        return {false, Reason::AlwaysBlocked};
    if (m_mode == Mode::Open)
        return {true, Reason::OpenMode};
    return judgeAllowlist(destination, pins, now);
}

Verdict Policy::judgeAllowlist(const Endpoint &destination, PinTable &pins,
                               PinTable::Clock::time_point now) const
{
    if (isNameService(destination.port))
        return {false, Reason::NameService};
    const Ipv4 address = destination.address;
    if (const auto rule = m_rules.matchAddress(address, destination.transport, destination.port))
        return {true, Reason::AddressRule, *rule};
    std::optional<int> rule;
    bool isByZone = false;
    // A pin of another time may hold an address that this policy would not let an answer name.
    const bool mayLead = mayAnswer(address);
    const bool isPinned = pins.use(address, now, [&](const PinTable::Pin &pin) {
        isByZone = pin.source == PinTable::Source::Zone;
        if (mayLead || isByZone)
            rule = m_rules.matchName(pin.name, destination.transport, destination.port);
        return rule.has_value();
    });
    if (isPinned)
        return {true, Reason::NameRule, *rule, isByZone};
    return {false, Reason::NoRule};
}

Verdict Policy::judgeName(std::string_view name, Transport transport, uint16_t port) const
{
    if (isNameService(port))
        return {false, Reason::NameService};
    if (const auto rule = m_rules.matchName(name, transport, port))
        return {true, Reason::NameRule, *rule};
    return {false, Reason::NoRule};
}

Verdict Policy::judgeHello(const Endpoint &destination, const std::string &name, PinTable &pins,
                           PinTable::Clock::time_point now) const
{
    const auto rule = m_rules.matchName(name, destination.transport, destination.port);
    bool isByZone = false;
    const bool isItsName = pins.use(destination.address, now, [&](const PinTable::Pin &pin) {
        isByZone = pin.source == PinTable::Source::Zone;
        return pin.name == name;
    });
    if (!rule || !isItsName)
        return {false, Reason::ForeignName};
    return {true, Reason::NameRule, *rule, isByZone};
}

int Policy::ruleOfName(std::string_view name) const { return m_rules.firstForName(name).value_or(-1); }

bool Policy::mayResolve(std::string_view name) const
{
    return m_mode == Mode::Open || (m_mode == Mode::Allowlist && m_rules.coversName(name));
}

bool Policy::mayAnswer(Ipv4 address) const
{
    if (plan::Subnet.contains(address))
        return false;
    if (m_mode == Mode::Open)
        return true;
    if (isIn(AlwaysBlocked, address))
        return false;
    return !isIn(Private, address) || m_rules.coversAddress(address);
}

} // namespace boxgate::net
