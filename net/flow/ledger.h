#pragma once

#include "net/flow/blockedtable.h"
#include "net/flow/destinationtable.h"
#include "net/flow/eventlog.h"
#include "net/trafficmeter.h"

#include <deque>
#include <optional>

namespace boxgate::net {

class Gate;

/// Accounts for every verdict: which flows there are and were, what was blocked and why, what names were
/// asked for, which rules are used.
///
/// Bounded in each of its parts. Nothing of it runs per frame but blocked(): flows carry their own counters,
/// and are settled with their destination when somebody asks and when they end. Thread: net.
class Ledger
{
public:
    using Clock = Flow::Clock;
    static constexpr size_t MaxQuestions = 1024;
    static constexpr size_t MaxReportedAddresses = 8; ///< of one DNS answer
    /// Above it attempts are still counted, and told of once per second.
    static constexpr int BlockedEventsPerSecond = 100;

    /// gate   read for names and rules
    Ledger(TrafficMeter &meter, Gate &gate);

    /// Tells the time, at least once per turn of the loop.
    void setNow(Clock::time_point now, int64_t unixMs);
    /// About once per second.
    void tick();

    /// A flow was let in; its key, verdict and direction are set. Looks its name up where it has none.
    void begin(Flow &flow);
    /// A flow's first bytes told whom it is for.
    void rename(Flow &flow, const std::string &name, NameSource source);
    /// Both ends are done with a flow; what may still come is the stack's affair.
    void finish(Flow &flow);
    void end(Flow &flow);

    /// A frame was blocked. subject   the name in a hello or a question, or the defect of a bad frame
    void blocked(const Attempt &attempt, std::string_view subject = {});
    /// A frame was lost, without a verdict: no room.
    void lost() { m_meter.blocked(); }

    /// A question was answered. rule   that let it be asked; -1: none
    void asked(DnsReport question, int rule);

    /// After the gate has a new policy.
    void policyReplaced();

    /// What the frame that is being handled was blocked for; for the capture. Cleared by beginFrame().
    void beginFrame() { m_lastBlocked.reset(); }
    const std::optional<Attempt> &lastBlocked() const { return m_lastBlocked; }

    FlowReport report(const Flow &flow) const;
    /// settle the open flows before
    std::vector<DestinationReport> destinations();
    std::vector<BlockedReport> blockedAttempts();
    std::vector<DnsReport> questions() const { return {m_questions.begin(), m_questions.end()}; }
    std::vector<RuleReport> rules() const { return m_rules; }
    EventBatch events(uint64_t after) const { return m_events.after(after); }
    std::vector<DestinationTotal> takeTotals();

    /// Tells a flow's destination what it has carried since the last time.
    void settle(Flow &flow);

private:
    int64_t unixMs(Clock::time_point when) const;
    void enter(Flow &flow);
    Event eventAbout(const Flow &flow, Event::Kind kind) const;
    void tellBlocked(BlockedTable::Entry &entry);

    TrafficMeter &m_meter;
    Gate &m_gate;
    Clock::time_point m_now = Clock::now();
    int64_t m_unixMs = 0;
    uint64_t m_lastId = 0;
    DestinationTable m_destinations;
    BlockedTable m_blocked;
    std::deque<DnsReport> m_questions;
    std::vector<RuleReport> m_rules; ///< by Verdict::rule
    EventLog m_events;
    int m_blockedEvents = 0; ///< in this second
    std::optional<Attempt> m_lastBlocked;
};

} // namespace boxgate::net
