#pragma once

#include "core/base/result.h"
#include "net/engineconfig.h"

#include <memory>
#include <string>
#include <vector>

namespace boxgate::net {

class FrameCapture;
class NetThread;

/// The gate of one box: takes its Ethernet frames from QEMU, decides, counts, and carries what is allowed.
///
/// One engine per process, because libslirp keeps process-wide state: start() refuses a second one while the
/// first lives. It runs a thread of its own from start() to the destructor, which stops and joins it. Every
/// method may be called from any thread, those about the capture from one at a time. It never starts a
/// process and writes no file.
class Engine
{
public:
    /// How many seconds of samples are kept.
    static constexpr int64_t SampleSeconds = 3600;

    /// Starts carrying frames.
    /// frameDescriptor   our end of a connected SOCK_STREAM socket pair whose other end is QEMU's
    ///                   `-netdev stream,addr.type=fd`; owned by the engine from here on, also when it fails
    /// Errors   InvalidArgument: the MTU, a rule, a zone or a resolver that cannot be used, by name;
    /// Conflict: an engine runs in
    ///          this process already; Unavailable, Io: the system or libslirp refuses
    static Result<std::unique_ptr<Engine>> start(EngineConfig config, int frameDescriptor);

    ~Engine();
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    /// What becomes of flows that the new policy would not let in.
    enum class Existing
    {
        Keep,
        Close
    };

    /// Replaces the policy. When it returns, no packet is judged by the old one any more; flows that exist go
    /// on with their verdict unless they are to be closed, except that Mode::Off cuts all of them. Waits for
    /// the net thread, which takes well under a millisecond.
    /// Errors   InvalidArgument: a rule that cannot be enforced, by name; the old policy stays in force
    Result<void> apply(const PolicyConfig &policy, Existing existing = Existing::Keep);

    void setLimits(const RateLimits &limits);

    /// Opens a port of the host.
    /// Returns  the map with the port that it got
    /// Errors   AlreadyExists: this map is there; Conflict: the port is taken, by number; Denied: a
    /// privileged port; InvalidArgument: an address that the host does not have
    Result<PortMap> addPort(const PortMap &map);
    /// Closes it, and the flows that came through it. Errors   NotFound
    Result<void> removePort(const PortMap &map);
    std::vector<PortReport> ports() const;

    /// Writes every frame to descriptor as pcapng until `maxBytes` are written; an earlier capture ends.
    /// descriptor   of an empty file; owned by the engine from here on
    Result<void> startCapture(int descriptor, uint64_t maxBytes);
    /// Ends when what was captured is in the file.
    CaptureReport stopCapture();
    CaptureReport capture() const;

    /// Flows that are open, the newest first.
    std::vector<FlowReport> flows() const;
    /// Ends a flow on both sides. Errors   NotFound
    Result<void> closeFlow(uint64_t id);
    /// Where the box's flows went, the latest first; the 4,096 used last.
    std::vector<DestinationReport> destinations() const;
    /// What was blocked, the latest first; the 1,024 seen last.
    std::vector<BlockedReport> blocked() const;
    /// The last 1,024 questions, oldest first.
    std::vector<DnsReport> dnsLog() const;
    /// In the order of the policy's rules.
    std::vector<RuleReport> rules() const;
    /// The events after the one numbered `after`; 0: all that are kept, the last 4,096.
    EventBatch events(uint64_t after) const;
    /// Judges a destination as the data path would: "HOST[:PORT][/tcp|/udp]", HOST a name or an address.
    /// Errors   InvalidArgument: it is neither
    Result<TestReport> test(const std::string &destination) const;
    /// What passed per destination since the last call. For one caller.
    std::vector<DestinationTotal> takeTotals();

    Counters counters() const;

    /// One sample per second from sinceSecond (Unix time) to the last second that is over, oldest first,
    /// zeros where nothing passed. Reaches back SampleSeconds and not before the engine's start.
    std::vector<Sample> samples(int64_t sinceSecond) const;

    /// Whether frames can still pass: false once QEMU has closed its end or broken the framing.
    bool isAttached() const;

private:
    Engine();

    std::unique_ptr<FrameCapture> m_capture; ///< outlives the thread that adds to it
    CaptureReport m_lastCapture; ///< of the one that has ended
    std::unique_ptr<NetThread> m_thread;
};

/// Checks one rule of an allowlist without an engine.
/// Errors   InvalidArgument: why it cannot be enforced
Result<void> checkRule(const std::string &text);

} // namespace boxgate::net
