#pragma once

#include "net/engineconfig.h"
#include "net/policy/pintable.h"
#include "net/policy/ruleindex.h"
#include "net/policy/verdict.h"

#include <set>

namespace boxgate::net {

/// Where a packet of the box wants to go, before any address translation.
struct Destination
{
    Transport transport = Transport::Tcp;
    Ipv4 address;
    uint16_t port = 0;
};

/// A policy in the form in which packets are judged. Immutable; built on any thread, used by the net thread.
class Policy
{
public:
    /// Errors   one sentence that names the rule
    static tl::expected<Policy, std::string> compile(const PolicyConfig &config);

    Mode mode() const { return m_mode; }

    /// The verdict on a new flow. The gateway's own services are not asked about: they come before.
    Verdict judge(const Destination &destination, PinTable &pins, PinTable::Clock::time_point now) const;

    /// Whether the box may learn this name's addresses from outside.
    bool mayResolve(std::string_view name) const;
    /// Whether an answer of the outside may name this address.
    bool mayAnswer(Ipv4 address) const;

private:
    Verdict judgeAllowlist(const Destination &destination, PinTable &pins,
                           PinTable::Clock::time_point now) const;

    Mode m_mode = Mode::Off;
    HostAlias m_hostAlias = HostAlias::Off;
    std::set<uint16_t> m_hostAliasPorts;
    RuleIndex m_rules;
};

} // namespace boxgate::net
