#pragma once

#include "core/base/result.h"
#include "net/engineconfig.h"

#include <memory>
#include <string>
#include <vector>

namespace boxgate::net {

class NetThread;

/// The gate of one box: takes its Ethernet frames from QEMU, decides, counts, and carries what is allowed.
///
/// One engine per process, because libslirp keeps process-wide state: start() refuses a second one while the
/// first lives. It runs a thread of its own from start() to the destructor, which stops and joins it. Every
/// method may be called from any thread. It never starts a process and writes no file.
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

    /// Replaces the policy. When it returns, no packet is judged by the old one any more; flows that exist go
    /// on with their verdict, except that Mode::Off cuts all of them. Waits for the net thread, which takes
    /// well under a millisecond. Errors   InvalidArgument: a rule that cannot be enforced, by name; the old
    /// policy stays in force
    Result<void> apply(const PolicyConfig &policy);

    Counters counters() const;

    /// One sample per second from sinceSecond (Unix time) to the last second that is over, oldest first,
    /// zeros where nothing passed. Reaches back SampleSeconds and not before the engine's start.
    std::vector<Sample> samples(int64_t sinceSecond) const;

    /// Whether frames can still pass: false once QEMU has closed its end or broken the framing.
    bool isAttached() const;

private:
    Engine();

    std::unique_ptr<NetThread> m_thread;
};

/// Checks one rule of an allowlist without an engine.
/// Errors   InvalidArgument: why it cannot be enforced
Result<void> checkRule(const std::string &text);

} // namespace boxgate::net
