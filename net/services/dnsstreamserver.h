#pragma once

#include "core/base/result.h"
#include "net/services/dnsservice.h"
#include "net/transport/poller.h"

#include <map>
#include <memory>
#include <set>

namespace boxgate::net {

/// DNS over TCP for the box: a listener on the host's loopback that the TCP stack leads the box's port 53 to.
///
/// It serves only connections that were announced by their local port with expect(), so that no other program
/// of the host gets in. Pipelined questions are answered as their answers come. Bounded: MaxConnections,
/// MaxInFlight questions and IdleLimit each. Thread: net.
class DnsStreamServer final : public PollHandler
{
public:
    static constexpr size_t MaxConnections = 128;
    static constexpr int MaxInFlight = 32;
    static constexpr size_t MaxUnsent = 256 * 1024; ///< bytes of answers that the guest does not take
    static constexpr std::chrono::seconds IdleLimit{30};

    /// Errors   Io: no socket or port
    static Result<std::unique_ptr<DnsStreamServer>> create(Poller &poller, DnsService &service);
    ~DnsStreamServer();
    DnsStreamServer(const DnsStreamServer &) = delete;
    DnsStreamServer &operator=(const DnsStreamServer &) = delete;

    /// The port on 127.0.0.1.
    uint16_t port() const { return m_port; }

    /// Announces a connection by the port it comes from.
    void expect(uint16_t fromPort);

    size_t connections() const { return m_connections.size(); }

    /// Ends idle connections. About once per second.
    void tick();

    void ready(int descriptor, uint32_t events) override;

private:
    using Clock = std::chrono::steady_clock;
    struct Connection
    {
        int descriptor = -1;
        std::vector<uint8_t> received;
        std::vector<uint8_t> unsent;
        int inFlight = 0;
        Clock::time_point lastActivity;
        bool isFinished = false; ///< the guest sends no more
    };

    DnsStreamServer(Poller &poller, DnsService &service);
    Result<void> listen();
    void acceptConnection();
    void receive(uint64_t id);
    void takeQuestions(uint64_t id);
    void answer(uint64_t id, const std::vector<uint8_t> &message);
    void update(uint64_t id);
    void close(uint64_t id);

    Poller &m_poller;
    DnsService &m_service;
    int m_listener = -1;
    uint16_t m_port = 0;
    std::set<uint16_t> m_expected;
    std::map<uint64_t, Connection> m_connections; ///< by a number that is never used again
    std::map<int, uint64_t> m_byDescriptor;
    uint64_t m_lastId = 0;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true); ///< answers may come after the server's end
};

} // namespace boxgate::net
