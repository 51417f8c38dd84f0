#include "net/services/dnsstreamserver.h"

#include "net/wire/byteorder.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::net {

namespace {

constexpr size_t LengthPrefix = 2;
constexpr size_t MaxExpected = 1024;

} // namespace

DnsStreamServer::DnsStreamServer(Poller &poller, DnsService &service)
    : m_poller(poller)
    , m_service(service)
{ }

DnsStreamServer::~DnsStreamServer()
{
    while (!m_connections.empty())
        close(m_connections.begin()->first);
    if (m_listener >= 0) {
        m_poller.forget(m_listener);
        ::close(m_listener);
    }
}

Result<std::unique_ptr<DnsStreamServer>> DnsStreamServer::create(Poller &poller, DnsService &service)
{
    std::unique_ptr<DnsStreamServer> server(new DnsStreamServer(poller, service));
    const auto listening = server->listen();
    BOXGATE_TRY(listening);
    return server;
}

Result<void> DnsStreamServer::listen()
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *const generic = reinterpret_cast<sockaddr *>(&address);
    socklen_t size = sizeof address;
    if (m_listener < 0 || ::bind(m_listener, generic, size) != 0 || ::listen(m_listener, 64) != 0
        || ::getsockname(m_listener, generic, &size) != 0)
        return fail(
            Error::fromErrno(errno, QStringLiteral("The box's name server cannot listen on the loopback")));
    m_port = ntohs(address.sin_port);
    m_poller.watch(m_listener, PollIn, this);
    return {};
}

void DnsStreamServer::expect(uint16_t fromPort)
{
    if (m_expected.size() >= MaxExpected)
        m_expected.clear();
    m_expected.insert(fromPort);
}

void DnsStreamServer::ready(int descriptor, uint32_t events)
{
    if (descriptor == m_listener) {
        acceptConnection();
        return;
    }
    const auto found = m_byDescriptor.find(descriptor);
    if (found == m_byDescriptor.end())
        return;
    const uint64_t id = found->second;
    if (events & (PollError | PollHangUp)) {
        close(id);
        return;
    }
    if (events & PollIn)
        receive(id);
    update(id);
}

void DnsStreamServer::acceptConnection()
{
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int descriptor =
        ::accept4(m_listener, reinterpret_cast<sockaddr *>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0)
        return;
    // Another program of the host can have the same port, but not on the same address.
    const bool isLoopback = peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    if (!isLoopback || m_expected.erase(ntohs(peer.sin_port)) == 0
        || m_connections.size() >= MaxConnections) {
        ::close(descriptor);
        return;
    }
    Connection &connection = m_connections[++m_lastId];
    connection.descriptor = descriptor;
    connection.lastActivity = Clock::now();
    m_byDescriptor[descriptor] = m_lastId;
    m_poller.watch(descriptor, PollIn, this);
}

void DnsStreamServer::receive(uint64_t id)
{
    Connection &connection = m_connections.at(id);
    if (connection.received.size() > LengthPrefix + dns::HighestTcpSize)
        return; // a whole question is there, and waits for its turn
    std::array<uint8_t, 16 * 1024> buffer;
    const ssize_t count = ::recv(connection.descriptor, buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        connection.isFinished = true;
        return;
    }
    connection.lastActivity = Clock::now();
    connection.received.insert(connection.received.end(), buffer.begin(), buffer.begin() + count);
    takeQuestions(id);
}

void DnsStreamServer::takeQuestions(uint64_t id)
{
    for (;;) {
        const auto found = m_connections.find(id);
        if (found == m_connections.end())
            return;
        Connection &connection = found->second;
        const std::vector<uint8_t> &received = connection.received;
        if (connection.inFlight >= MaxInFlight || received.size() < LengthPrefix)
            return;
        const size_t size = loadBe16(received.data());
        if (received.size() < LengthPrefix + size)
            return;
        const std::vector<uint8_t> message(received.begin() + LengthPrefix,
                                           received.begin() + ptrdiff_t(LengthPrefix + size));
        connection.received.erase(received.begin(), received.begin() + ptrdiff_t(LengthPrefix + size));
        ++connection.inFlight;
        const auto respond = [this, id, alive = std::weak_ptr(m_alive)](const std::vector<uint8_t> &reply) {
            if (alive.lock())
                answer(id, reply);
        };
        m_service.handle(message, DnsService::Channel::Tcp, respond);
    }
}

void DnsStreamServer::answer(uint64_t id, const std::vector<uint8_t> &message)
{
    const auto found = m_connections.find(id);
    if (found == m_connections.end())
        return;
    Connection &connection = found->second;
    --connection.inFlight;
    if (message.empty() || connection.unsent.size() > MaxUnsent) {
        connection.isFinished = true; // it sends what is no question, or takes no answers
    } else {
        uint8_t prefix[LengthPrefix];
        storeBe16(prefix, uint16_t(message.size()));
        connection.unsent.insert(connection.unsent.end(), prefix, prefix + LengthPrefix);
        connection.unsent.insert(connection.unsent.end(), message.begin(), message.end());
    }
    // Deferred to the poller: this may run inside takeQuestions().
    m_poller.watch(connection.descriptor, PollIn | PollOut, this);
}

void DnsStreamServer::update(uint64_t id)
{
    takeQuestions(id);
    const auto found = m_connections.find(id);
    if (found == m_connections.end())
        return;
    Connection &connection = found->second;
    if (!connection.unsent.empty()) {
        const ssize_t count =
            ::send(connection.descriptor, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
        if (count > 0)
            connection.unsent.erase(connection.unsent.begin(), connection.unsent.begin() + count);
        else if (errno != EAGAIN && errno != EINTR)
            connection.isFinished = true;
    }
    if (connection.isFinished && connection.unsent.empty() && connection.inFlight == 0) {
        close(id);
        return;
    }
    const bool mayRead = !connection.isFinished && connection.inFlight < MaxInFlight;
    m_poller.watch(connection.descriptor,
                   (mayRead ? PollIn : 0u) | (connection.unsent.empty() ? 0u : PollOut), this);
}

void DnsStreamServer::tick()
{
    const auto now = Clock::now();
    std::vector<uint64_t> idle;
    for (const auto &[id, connection] : m_connections) {
        if (now - connection.lastActivity > IdleLimit)
            idle.push_back(id);
    }
    for (const uint64_t id : idle)
        close(id);
}

void DnsStreamServer::close(uint64_t id)
{
    const auto found = m_connections.find(id);
    if (found == m_connections.end())
        return;
    const int descriptor = found->second.descriptor;
    m_poller.forget(descriptor);
    ::close(descriptor);
    m_byDescriptor.erase(descriptor);
    m_connections.erase(found);
}

} // namespace boxgate::net
