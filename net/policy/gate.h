#pragma once

#include "net/policy/policy.h"

namespace boxgate::net {

/// The policy in force, with what it has learnt about names. The one place where "may this pass" is decided.
/// Thread: net.
class Gate
{
public:
    using Clock = PinTable::Clock;

    explicit Gate(Policy policy)
        : m_policy(std::move(policy))
    { }

    void replacePolicy(Policy policy) { m_policy = std::move(policy); }
    const Policy &policy() const { return m_policy; }
    PinTable &pins() { return m_pins; }

    Verdict judge(const Endpoint &destination) { return m_policy.judge(destination, m_pins, Clock::now()); }
    Verdict judgeHello(const Endpoint &destination, const std::string &name)
    {
        return m_policy.judgeHello(destination, name, m_pins, Clock::now());
    }

    /// Whether a flow that a name rule let in may go on although judge() has nothing for it any more: its pin
    /// may have ended since, and the rule be there still.
    bool keeps(const Endpoint &destination, const Verdict &verdict, const std::string &rule) const
    {
        return verdict.reason == Reason::NameRule && m_policy.mode() == Mode::Allowlist
            && m_policy.hasRule(rule) && (verdict.isByZone || m_policy.mayAnswer(destination.address));
    }

private:
    Policy m_policy;
    PinTable m_pins; ///< survives a change of the policy: a pin holds a name, not a rule
};

} // namespace boxgate::net
