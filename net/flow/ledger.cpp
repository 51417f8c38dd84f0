#include "net/flow/ledger.h"

#include "net/policy/gate.h"
#include "net/services/dnsmessage.h"

#include <algorithm>
#include <unordered_map>

namespace boxgate::net {

namespace {

/// What a failed question of a rule's name is called; empty: it did not fail.
std::string failureOf(const DnsReport &question)
{
    using dns::Rcode;
    if (question.outcome == DnsOutcome::Refused || question.outcome == DnsOutcome::Zone)
        return {};
    switch (Rcode(question.code)) {
    case Rcode::NameError:
        return question.name + " does not exist (NXDOMAIN)";
    case Rcode::ServerFailure:
        return "no resolver answered for " + question.name;
    case Rcode::NoError:
        break;
    default:
        return "the resolver refused " + question.name;
    }
    if (question.type == dns::A && question.addresses.empty()) {
        return question.removedAddresses > 0
            ? question.name + " has only addresses that a name may not lead to (allow them by address)"
            : question.name + " has no IPv4 address";
    }
    return {};
}

} // namespace

Ledger::Ledger(TrafficMeter &meter, Gate &gate)
    : m_meter(meter)
    , m_gate(gate)
{
    policyReplaced();
}

void Ledger::setNow(Clock::time_point now, int64_t unixMs)
{
    m_now = now;
    m_unixMs = unixMs;
}

int64_t Ledger::unixMs(Clock::time_point when) const
{
    return m_unixMs - std::chrono::duration_cast<std::chrono::milliseconds>(m_now - when).count();
}

void Ledger::tick()
{
    m_blockedEvents = 0;
    m_blocked.forEach([this](BlockedTable::Entry &entry) {
        if (entry.untold > 0 && m_blockedEvents < BlockedEventsPerSecond)
            tellBlocked(entry);
    });
    m_blockedEvents = 0;
}

void Ledger::begin(Flow &flow)
{
    flow.id = ++m_lastId;
    flow.traffic = flow.settled = {};
    flow.isFinished = false;
    if (flow.direction == Direction::Outbound) {
        flow.name = m_gate.pins().nameOf(flow.key.remote, m_now);
        flow.nameSource = flow.name.empty() ? NameSource::None : NameSource::Dns;
    }
    flow.rule = m_gate.policy().ruleText(flow.verdict.rule);
    if (flow.verdict.rule >= 0) {
        RuleReport &rule = m_rules[size_t(flow.verdict.rule)];
        ++rule.hits;
        rule.lastUse = m_unixMs;
    }
    enter(flow);
    m_events.add(eventAbout(flow, Event::Kind::FlowBegun));
}

void Ledger::enter(Flow &flow)
{
    const bool isInbound = flow.direction == Direction::Inbound;
    DestinationKey key{flow.key.transport, flow.direction, flow.name,
                       isInbound ? flow.key.guestPort : flow.key.remotePort};
    if (key.peer.empty())
        key.peer = toString(flow.key.remote);
    Destination &destination = m_destinations.enter(key, flow);
    destination.report.rule = flow.rule;
    destination.report.lastSeen = m_unixMs;
    if (destination.report.firstSeen == 0)
        destination.report.firstSeen = m_unixMs;
    flow.destination = &destination;
}

void Ledger::rename(Flow &flow, const std::string &name, NameSource source)
{
    flow.nameSource = source;
    if (name == flow.name || !flow.destination || flow.isFinished)
        return;
    m_destinations.withdraw(*flow.destination);
    flow.name = name;
    enter(flow);
}

void Ledger::finish(Flow &flow)
{
    if (!flow.destination || flow.isFinished)
        return;
    flow.isFinished = true;
    ++flow.destination->finishedFlows;
    Event event = eventAbout(flow, Event::Kind::FlowEnded);
    event.traffic = flow.traffic;
    m_events.add(std::move(event));
}

void Ledger::end(Flow &flow)
{
    if (!flow.destination)
        return;
    finish(flow);
    settle(flow);
    --flow.destination->finishedFlows;
    m_destinations.leave(*flow.destination);
    flow.destination = nullptr;
}

void Ledger::settle(Flow &flow)
{
    if (!flow.destination || flow.traffic == flow.settled)
        return;
    const Traffic more = difference(flow.traffic, flow.settled);
    add(flow.destination->report.traffic, more);
    add(flow.destination->untaken.traffic, more);
    flow.settled = flow.traffic;
    flow.destination->report.lastSeen =
        std::max(flow.destination->report.lastSeen, unixMs(flow.lastActivity));
}

Event Ledger::eventAbout(const Flow &flow, Event::Kind kind) const
{
    Event event;
    event.at = m_unixMs;
    event.kind = kind;
    event.transport = flow.key.transport;
    event.direction = flow.direction;
    event.remote = flow.key.remote;
    event.port = flow.direction == Direction::Inbound ? flow.key.guestPort : flow.key.remotePort;
    event.reason = flow.verdict.reason;
    event.rule = flow.rule;
    event.name = flow.name;
    event.nameSource = flow.nameSource;
    return event;
}

void Ledger::blocked(const Attempt &attempt, std::string_view subject)
{
    m_meter.blocked();
    m_lastBlocked = attempt;
    const auto [entry, isNew] = m_blocked.note(attempt, subject, m_unixMs);
    if (!isNew)
        return;
    if (attempt.reason == Reason::BadFrame)
        entry.report.detail = subject;
    else if (!subject.empty())
        entry.report.name = subject;
    else
        entry.report.name = m_gate.pins().nameOf(attempt.remote, m_now);
    if (m_blockedEvents < BlockedEventsPerSecond)
        tellBlocked(entry);
}

void Ledger::tellBlocked(BlockedTable::Entry &entry)
{
    ++m_blockedEvents;
    Event event;
    event.at = entry.report.lastSeen;
    event.kind = Event::Kind::Blocked;
    event.transport = entry.report.transport;
    event.remote = entry.report.remote;
    event.port = entry.report.port;
    event.reason = entry.report.reason;
    event.name = entry.report.name;
    event.detail = entry.report.detail;
    event.count = std::exchange(entry.untold, 0);
    m_events.add(std::move(event));
}

void Ledger::asked(DnsReport question, int rule)
{
    question.at = m_unixMs;
    if (question.outcome == DnsOutcome::Refused)
        blocked({Transport::Any, {}, 0, Reason::NoRule}, question.name);
    if (rule >= 0 && size_t(rule) < m_rules.size()) {
        if (std::string failure = failureOf(question); !failure.empty()) {
            m_rules[size_t(rule)].lastDnsError = std::move(failure);
            m_rules[size_t(rule)].lastDnsErrorAt = m_unixMs;
        } else if (question.type == dns::A) {
            m_rules[size_t(rule)].lastDnsError.clear();
            m_rules[size_t(rule)].lastDnsErrorAt = 0;
        }
    }
    Event event;
    event.at = m_unixMs;
    event.kind = Event::Kind::Dns;
    event.name = question.name;
    event.outcome = question.outcome;
    event.dnsType = question.type;
    if (!question.addresses.empty())
        event.remote = question.addresses.front();
    m_events.add(std::move(event));
    if (m_questions.size() >= MaxQuestions)
        m_questions.pop_front();
    m_questions.push_back(std::move(question));
}

void Ledger::policyReplaced()
{
    std::unordered_map<std::string, RuleReport> before;
    for (RuleReport &rule : m_rules)
        before.emplace(rule.text, std::move(rule));
    m_rules.clear();
    for (const std::string &text : m_gate.policy().ruleTexts()) {
        const auto known = before.find(text);
        m_rules.push_back(known == before.end() ? RuleReport{text, 0, 0, {}, 0} : known->second);
    }
    if (m_unixMs == 0)
        return; // the first policy is no change
    Event event;
    event.at = m_unixMs;
    event.kind = Event::Kind::PolicyChanged;
    m_events.add(std::move(event));
}

FlowReport Ledger::report(const Flow &flow) const
{
    FlowReport report;
    report.id = flow.id;
    report.transport = flow.key.transport;
    report.direction = flow.direction;
    report.guestPort = flow.key.guestPort;
    report.remote = flow.key.remote;
    report.remotePort = flow.key.remotePort;
    report.reason = flow.verdict.reason;
    report.rule = flow.rule;
    report.name = flow.name;
    report.nameSource = flow.nameSource;
    report.traffic = flow.traffic;
    report.isEstablished = flow.isEstablished || flow.traffic.packetsReceived > 0;
    report.begun = unixMs(flow.firstActivity);
    report.lastActivity = unixMs(flow.lastActivity);
    return report;
}

std::vector<DestinationReport> Ledger::destinations()
{
    std::vector<DestinationReport> reports;
    reports.reserve(m_destinations.size());
    m_destinations.forEach([&](Destination &destination) {
        reports.push_back(destination.report);
        reports.back().openFlows -= destination.finishedFlows;
    });
    std::ranges::sort(reports, std::greater(), &DestinationReport::lastSeen);
    return reports;
}

std::vector<BlockedReport> Ledger::blockedAttempts()
{
    std::vector<BlockedReport> reports;
    m_blocked.forEach([&](BlockedTable::Entry &entry) { reports.push_back(entry.report); });
    return reports;
}

std::vector<DestinationTotal> Ledger::takeTotals()
{
    std::vector<DestinationTotal> totals = m_destinations.take();
    m_blocked.forEach([&](BlockedTable::Entry &entry) {
        if (entry.untaken == 0)
            return;
        const BlockedReport &report = entry.report;
        DestinationTotal total;
        total.transport = report.transport;
        total.destination = report.name.empty() ? toString(report.remote) : report.name;
        total.port = report.port;
        total.blocked = std::exchange(entry.untaken, 0);
        totals.push_back(std::move(total));
    });
    return totals;
}

} // namespace boxgate::net
