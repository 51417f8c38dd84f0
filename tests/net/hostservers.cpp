#include "tests/net/hostservers.h"

#include "net/services/dnsmessage.h"

#include <arpa/inet.h>
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
{ }

std::string TestResolver::address() const { return "127.0.0.1:" + std::to_string(m_server.port()); }

QList<QString> TestResolver::asked() const
{
    const std::lock_guard lock(m_mutex);
    return m_asked;
}

QByteArray TestResolver::answer(const QByteArray &query)
{
    using namespace net::dns;
    const auto parsed =
        parseQuery({reinterpret_cast<const uint8_t *>(query.constData()), size_t(query.size())});
    if (!parsed)
        return {};
    {
        const std::lock_guard lock(m_mutex);
        m_asked.append(QString::fromStdString(parsed->name));
    }
    if (parsed->name == "silent.test")
        return {};
    std::vector<Record> records;
    const auto address = [&](const std::string &owner, net::Ipv4 ip) {
        Record record;
        record.owner = owner;
        record.ttl = 30;
        record.address = ip;
        records.push_back(record);
    };
    if (parsed->name == "allowed.test") {
        Record alias;
        alias.owner = parsed->name;
        alias.type = Cname;
        alias.target = "edge.test";
        records.push_back(alias);
        address("edge.test", net::Ipv4::of(198, 51, 100, 10));
        address("stranger.test", net::Ipv4::of(198, 51, 100, 66)); // not reachable from the question
    } else if (parsed->name == "rebind.test") {
        address(parsed->name, net::Ipv4::of(10, 0, 0, 1));
    } else if (parsed->name == "other.test") {
        address(parsed->name, net::Ipv4::of(198, 51, 100, 20));
    }
    const Rcode code = records.empty() ? Rcode::NameError : Rcode::NoError;
    const auto reply = buildAnswer(*parsed, code, records, LowestUdpSize);
    return QByteArray(reinterpret_cast<const char *>(reply.data()), qsizetype(reply.size()));
}

int listenTcp(const QString &address, quint16 *port)
{
    const int descriptor = boundSocket(SOCK_STREAM, address, *port, port);
    ::listen(descriptor, 4096);
    return descriptor;
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
