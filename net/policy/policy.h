#pragma once

#include "net/engineconfig.h"
#include "net/policy/pintable.h"
#include "net/policy/ruleindex.h"
#include "net/policy/verdict.h"

#include <algorithm>
#include <set>

namespace boxgate::net {

/// Where a packet of the box wants to go, before any address translation.
struct Endpoint
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
    /// The rules as they were written, in the order of Verdict::rule.
    const std::vector<std::string> &ruleTexts() const { return m_texts; }
    std::string ruleText(int rule) const { return rule < 0 ? std::string() : m_texts[size_t(rule)]; }
    bool hasRule(const std::string &text) const { return std::ranges::find(m_texts, text) != m_texts.end(); }
    /// The rule that lets a name be resolved; -1: none.
    int ruleOfName(std::string_view name) const;

    /// The verdict on a new flow. The gateway's own services are not asked about: they come before.
    Verdict judge(const Endpoint &destination, PinTable &pins, PinTable::Clock::time_point now) const;

    /// The verdict of an allowlist on a flow to a name, whatever its address.
    Verdict judgeName(std::string_view name, Transport transport, uint16_t port) const;

    /// The verdict on a flow that a name rule let in, once its first bytes have told whom it is for: the name
    /// must be allowed, and be one of those that the address is pinned to.
    Verdict judgeHello(const Endpoint &destination, const std::string &name, PinTable &pins,
                       PinTable::Clock::time_point now) const;

    /// Whether the box may learn this name's addresses from outside.
    bool mayResolve(std::string_view name) const;
    /// Whether an answer of the outside may name this address.
    bool mayAnswer(Ipv4 address) const;

private:
    Verdict judgeAllowlist(const Endpoint &destination, PinTable &pins,
                           PinTable::Clock::time_point now) const;

    Mode m_mode = Mode::Off;
    HostAlias m_hostAlias = HostAlias::Off;
    std::set<uint16_t> m_hostAliasPorts;
    std::vector<std::string> m_texts;
    RuleIndex m_rules;
};

} // namespace boxgate::net
