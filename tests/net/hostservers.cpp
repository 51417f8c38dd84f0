#include "tests/net/hostservers.h"

#include "net/services/dnsmessage.h"
#include "net/wire/byteorder.h"
#include "net/wire/headers.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

namespace {

sockaddr_in socketAddress(const QString &address, quint16 port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    ::inet_pton(AF_INET, address.toLatin1().constData(), &result.sin_addr);
    return result;
}

int boundSocket(int type, const QString &address, quint16 port, quint16 *bound)
{
    const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in name = socketAddress(address, port);
    socklen_t size = sizeof name;
    if (::bind(descriptor, reinterpret_cast<sockaddr *>(&name), size) != 0)
        qFatal("bind %s: %s", qPrintable(address), strerror(errno));
    ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&name), &size);
    *bound = ntohs(name.sin_port);
    return descriptor;
}

int connected(int type, const QString &address, quint16 port, int timeoutMilliseconds)
{
    const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const timeval limit{timeoutMilliseconds / 1000, timeoutMilliseconds % 1000 * 1000};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const sockaddr_in name = socketAddress(address, port);
    if (::connect(descriptor, reinterpret_cast<const sockaddr *>(&name), sizeof name) == 0)
        return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

} // namespace

TcpServer::TcpServer(const QString &address, std::function<void(int)> serve, quint16 port)
    : m_serve(std::move(serve))
{
    m_port = port;
    m_listener = listenTcp(address, &m_port);
    m_thread = std::thread([this] { run(); });
}

TcpServer::~TcpServer()
{
    ::shutdown(m_listener, SHUT_RDWR);
    m_thread.join();
    {
        const std::lock_guard lock(m_mutex);
        for (const int socket : m_open)
            ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread &connection : m_connections)
        connection.join();
    ::close(m_listener);
}

void TcpServer::run()
{
    for (;;) {
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0)
            return;
        ++m_accepted;
        const std::lock_guard lock(m_mutex);
        m_open.push_back(socket);
        m_connections.emplace_back([this, socket] {
            m_serve(socket);
            const std::lock_guard closing(m_mutex);
            std::erase(m_open, socket);
            ::close(socket);
        });
    }
}

RecordingServer::RecordingServer(const QString &address, quint16 port, QByteArray greeting)
    : m_greeting(std::move(greeting))
    , m_server(
          address, [this](int socket) { serve(socket); }, port)
{ }

std::vector<RecordingServer::Connection> RecordingServer::connections() const
{
    const std::lock_guard lock(m_mutex);
    return m_connections;
}

bool RecordingServer::hasEnded(size_t index) const
{
    const std::lock_guard lock(m_mutex);
    return index < m_connections.size() && m_connections[index].isOver;
}

QByteArray RecordingServer::received() const
{
    const std::lock_guard lock(m_mutex);
    if (m_connections.empty())
        return {};
    const QByteArray &received = m_connections[0].received;
    return {received.data(), received.size()}; // its own: Qt's sharing of bytes is no lock
}

void RecordingServer::serve(int socket)
{
    size_t index = 0;
    {
        const std::lock_guard lock(m_mutex);
        index = m_connections.size();
        m_connections.emplace_back();
    }
    sendAll(socket, m_greeting);
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
        const int error = errno;
        const std::lock_guard lock(m_mutex);
        Connection &connection = m_connections[index];
        if (count <= 0) {
            connection.isOver = true;
            connection.wasReset = count < 0 && error == ECONNRESET;
            return;
        }
        connection.received.append(buffer, count);
    }
}

UdpServer::UdpServer(const QString &address, std::function<QByteArray(const QByteArray &)> answer,
                     quint16 port)
    : m_answer(std::move(answer))
{
    m_socket = boundSocket(SOCK_DGRAM, address, port, &m_port);
    const timeval limit{0, 50'000};
    ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    m_thread = std::thread([this] { run(); });
}

UdpServer::~UdpServer()
{
    m_stopping = true;
    m_thread.join();
    ::close(m_socket);
}

void UdpServer::run()
{
    QByteArray buffer(65536, Qt::Uninitialized);
    while (!m_stopping) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const ssize_t count = ::recvfrom(m_socket, buffer.data(), size_t(buffer.size()), 0,
                                         reinterpret_cast<sockaddr *>(&peer), &size);
        if (count < 0)
            continue;
        ++m_received;
        const QByteArray reply = m_answer(buffer.left(count));
        if (!reply.isNull())
            ::sendto(m_socket, reply.constData(), size_t(reply.size()), 0,
                     reinterpret_cast<sockaddr *>(&peer), size);
    }
}

TestResolver::TestResolver()
    : m_server(QStringLiteral("127.0.0.1"), [this](const QByteArray &query) { return answer(query); })
{
    set(QStringLiteral("allowed.test"), {QStringLiteral("198.51.100.10")});
    set(QStringLiteral("other.test"), {QStringLiteral("198.51.100.20")});
    set(QStringLiteral("rebind.test"), {QStringLiteral("10.0.0.1")});
}

std::string TestResolver::address() const { return "127.0.0.1:" + std::to_string(m_server.port()); }

QList<QString> TestResolver::asked() const
{
    const std::lock_guard lock(m_mutex);
    return {m_asked.begin(), m_asked.end()}; // its own: Qt's sharing of a list is no lock
}

void TestResolver::set(const QString &name, const QStringList &addresses)
{
    Host host;
    for (const QString &address : addresses)
        host.addresses.push_back(*net::parseIpv4(address.toStdString()));
    const std::lock_guard lock(m_mutex);
    m_hosts[name] = host;
}

void TestResolver::fail(const QString &name, int code)
{
    const std::lock_guard lock(m_mutex);
    m_hosts[name] = {{}, code};
}

QByteArray TestResolver::answer(const QByteArray &query)
{
    using namespace net::dns;
    const auto parsed =
        parseQuery({reinterpret_cast<const uint8_t *>(query.constData()), size_t(query.size())});
    if (!parsed)
        return {};
    const QString name = QString::fromStdString(parsed->name);
    const std::lock_guard lock(m_mutex);
    m_asked.append(name);
    if (name == QLatin1String("silent.test"))
        return {};
    const auto host = m_hosts.constFind(name);
    const bool isKnown = host != m_hosts.constEnd();
    const bool isBroken = isKnown && host->code < 0;
    std::vector<Record> records;
    const auto add = [&](const std::string &owner, uint16_t type, net::Ipv4 address) {
        Record record;
        record.owner = owner;
        record.type = type;
        record.ttl = 30;
        record.address = address;
        record.target = "edge.test";
        records.push_back(record);
    };
    if (isKnown && parsed->type == A) {
        const bool isAlias = name == QLatin1String("allowed.test");
        if (isAlias) {
            add(parsed->name, Cname, {});
            add("stranger.test", A, net::Ipv4::of(198, 51, 100, 66)); // not reachable from the question
        }
        if (isBroken)
            add(parsed->name, A, {});
        for (const net::Ipv4 address : host->addresses)
            add(isAlias ? "edge.test" : parsed->name, A, address);
    } else if (isKnown) {
        add(parsed->name, parsed->type, {}); // its content is a name, which is good enough to be seen
    }
    const Rcode code = isKnown ? Rcode(std::max(host->code, 0)) : Rcode::NameError;
    auto reply = buildAnswer(*parsed, code, records, LowestUdpSize);
    if (isBroken)
        reply.resize(reply.size() - 2); // it ends inside its record
    return QByteArray(reinterpret_cast<const char *>(reply.data()), qsizetype(reply.size()));
}

int listenTcp(const QString &address, quint16 *port)
{
    const int descriptor = boundSocket(SOCK_STREAM, address, *port, port);
    ::listen(descriptor, 4096);
    return descriptor;
}

PacketWatch::PacketWatch()
    : m_socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)))
{
    if (m_socket < 0)
        qFatal("packet socket: %s", strerror(errno));
}

PacketWatch::~PacketWatch() { ::close(m_socket); }

void PacketWatch::clear()
{
    seen();
    m_seen.clear();
}

QStringList PacketWatch::seen()
{
    uint8_t packet[65536];
    for (;;) {
        sockaddr_ll from{};
        socklen_t size = sizeof from;
        const ssize_t count =
            ::recvfrom(m_socket, packet, sizeof packet, 0, reinterpret_cast<sockaddr *>(&from), &size);
        if (count < 0)
            return m_seen;
        if (from.sll_pkttype != PACKET_OUTGOING) // what goes over the loopback is seen twice
            note({packet, size_t(count)}, ntohs(from.sll_protocol));
    }
}

void PacketWatch::note(std::span<const uint8_t> packet, uint16_t etherType)
{
    if (etherType != ETH_P_IP || packet.size() < net::wire::Ipv4Header) {
        m_seen.append(QStringLiteral("ethertype %1").arg(etherType, 4, 16, QLatin1Char('0')));
        return;
    }
    const int protocol = packet[9];
    const uint8_t *const transport = packet.data() + size_t(packet[0] & 15) * 4;
    const bool isTcp = protocol == net::wire::ProtocolTcp;
    if (isTcp && (transport[13] & (net::wire::TcpSyn | net::wire::TcpAck)) != net::wire::TcpSyn)
        return;
    const bool hasPorts = isTcp || protocol == net::wire::ProtocolUdp;
    m_seen.append(QStringLiteral("%1/%2:%3")
                      .arg(QString::fromStdString(net::toString({net::loadBe32(packet.data() + 16)})))
                      .arg(protocol)
                      .arg(hasPorts ? net::loadBe16(transport + 2) : 0));
}

int connectTcp(const QString &address, quint16 port, int timeoutMilliseconds)
{
    return connected(SOCK_STREAM, address, port, timeoutMilliseconds);
}

int connectUdp(const QString &address, quint16 port, int timeoutMilliseconds)
{
    return connected(SOCK_DGRAM, address, port, timeoutMilliseconds);
}

bool sendAll(int socket, const QByteArray &data)
{
    for (qsizetype sent = 0; sent < data.size();) {
        const ssize_t count =
            ::send(socket, data.constData() + sent, size_t(data.size() - sent), MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        sent += count;
    }
    return true;
}

QByteArray receiveExactly(int socket, qsizetype size)
{
    QByteArray data(size, Qt::Uninitialized);
    qsizetype received = 0;
    while (received < size) {
        const ssize_t count = ::recv(socket, data.data() + received, size_t(size - received), 0);
        if (count <= 0)
            break;
        received += count;
    }
    data.truncate(received);
    return data;
}

} // namespace boxgate::test
