#pragma once

#include "net/frameswitch.h"
#include "net/services/dnsstreamserver.h"
#include "net/services/dnsupstream.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace boxgate::fuzz {

inline constexpr net::Ipv4 AllowedIp = net::Ipv4::of(198, 51, 100, 10);
inline constexpr net::Ipv4 OtherIp = net::Ipv4::of(198, 51, 100, 20);
inline constexpr uint16_t Port = 443; ///< where the host listens, on every address, over TCP and UDP

/// Gives the process a network of its own with a loopback and the two addresses. False where the system does
/// not let it.
bool enterNetwork();

/// Ends the process when it does not hold, and says what.
void require(bool holds, const char *what);

/// The lists among which an input chooses. The host alias is closed in all of them.
enum class List
{
    ByName, ///< allowed.test over TCP, which is pinned to AllowedIp
    ByAddress, ///< AllowedIp, on Port over TCP
    Open,
    Off
};

/// What stands behind the frames of the fuzzer: every listener that would see a leak.
///
/// It never says anything, so that a hello is never let go for that. Each check is against all lists that
/// were in force since the last reset, since flows go on when a list changes.
class Host
{
public:
    Host();

    void allow(List list) { m_lists.insert(list); }
    std::string resolver() const;

    /// Takes what has arrived, and checks that it may have.
    void check();
    /// Ends its connections, after a last check, and begins anew without any list.
    void reset();

private:
    struct Connection
    {
        int descriptor;
        std::vector<uint8_t> received;
    };

    bool isIn(std::initializer_list<List> lists) const;
    void checkDestination(net::Ipv4 address, bool isTcp) const;
    void checkFirstBytes(const Connection &connection) const;
    void acceptAll();
    void receiveAll();

    int m_tcp;
    int m_udp;
    int m_resolver;
    std::vector<Connection> m_connections;
    std::set<List> m_lists;
};

/// The engine without its thread: what NetThread puts together, and turns of its loop on demand.
class Engine final
{
public:
    /// Of it follows a segment size of 1,024, which divides libslirp's buffers: it would resize them
    /// otherwise, for each connection.
    static constexpr size_t Mtu = 1064;

    explicit Engine(const std::string &resolver);

    /// One frame of the guest, in a batch with those before it.
    void take(const std::vector<uint8_t> &frame);
    /// One turn of the loop, without sleeping. Ends the batch, as whatever follows here does.
    void turn();
    void setList(List list);
    void closeUnwanted();
    /// For the frames, and for what the engine does once per second.
    void letSecondsPass(int seconds);
    /// Ends every flow, checks that nothing is left, and begins anew.
    void reset();

    /// Calls visit(frame) for each frame to the guest since the last time.
    template <typename Visit> void forEachAnswer(Visit visit)
    {
        const uint64_t sent = m_meter.counters().packetsReceived;
        if (std::exchange(m_answersSeen, sent) == sent)
            return;
        m_transport.flush();
        for (;;) {
            for (auto frame = m_answers.next(); !frame.empty(); frame = m_answers.next())
                visit(std::span<const uint8_t>(frame));
            if (!receiveAnswers())
                return;
        }
    }

private:
    void endBatch();
    bool receiveAnswers();
    void checkBounds();

    int m_guestEnd = -1;
    std::vector<uint8_t> m_batch; ///< frames that may be held back; never grows beyond what is reserved
    net::FrameDecoder m_answers;
    uint64_t m_answersSeen = 0;
    std::vector<net::Policy> m_policies; ///< by List
    net::Flow::Clock::time_point m_now; ///< of the frames: a SYN is never one too many in a second
    uint64_t m_resets = 0;
    net::TrafficMeter m_meter{1};
    net::Poller m_poller;
    net::FrameTransport m_transport;
    net::GuestLink m_link;
    net::FrameBuilder m_builder;
    net::Gate m_gate;
    net::Ledger m_ledger;
    std::unique_ptr<net::DnsUpstream> m_upstream;
    std::unique_ptr<net::DnsService> m_names;
    std::unique_ptr<net::DnsStreamServer> m_nameStreams;
    net::UdpRelay m_udp;
    net::TcpForwarder m_tcp;
    std::unique_ptr<net::SlirpStack> m_stack;
    std::unique_ptr<net::FrameSwitch> m_switch;
};

} // namespace boxgate::fuzz
