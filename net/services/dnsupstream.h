#pragma once

#include "core/base/result.h"
#include "net/transport/poller.h"

#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct ares_channeldata;

namespace boxgate::net {

/// Asks the host's resolvers, with their failover, their time limits and TCP where an answer is truncated
/// (c-ares).
///
/// Thread: net; its sockets are in the loop's poller. At most MaxInFlight questions at once; a further one
/// fails at once. Takes up a changed /etc/resolv.conf (a VPN that comes up) with the next question after a
/// second.
class DnsUpstream final : public PollHandler
{
public:
    static constexpr int MaxInFlight = 256;
    static constexpr int TimeoutMilliseconds = 2500; ///< of the first try at one resolver
    static constexpr int Tries = 2;

    /// Called once per question, maybe at once; an empty reply means that no resolver answered.
    using Answered = std::function<void(std::span<const uint8_t> reply)>;

    /// servers   "address[:port]" each; empty: the host's
    /// Errors    InvalidArgument: a server that cannot be read; Unavailable: c-ares does not start
    static Result<std::unique_ptr<DnsUpstream>> create(Poller &poller, std::vector<std::string> servers);
    ~DnsUpstream();
    DnsUpstream(const DnsUpstream &) = delete;
    DnsUpstream &operator=(const DnsUpstream &) = delete;

    /// Sends query, a whole message with an id of its own. The reply is to this very question (c-ares
    /// compares both).
    void ask(const std::vector<uint8_t> &query, Answered answered);

    /// Ends every question with no reply: the box may ask no more.
    void cancel();

    /// How long the loop may sleep at most, in ms; -1 for ever.
    int timeout() const;
    /// Lets time pass: retries and gives up.
    void tick();

    void ready(int descriptor, uint32_t events) override;

private:
    struct Question;

    DnsUpstream(Poller &poller, std::vector<std::string> servers);
    Result<void> openChannel();
    void reopenIfChanged();

    Poller &m_poller;
    std::vector<std::string> m_servers;
    ares_channeldata *m_channel = nullptr;
    int m_inFlight = 0;
    bool m_closing = false; ///< questions end unanswered: whoever asked may be gone
    std::chrono::steady_clock::time_point m_checked;
    timespec m_modified{};
};

} // namespace boxgate::net
