#pragma once

#include "net/wire/address.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <thread>

namespace boxgate::test {

/// A TCP server on the host's side of a test, one thread per connection.
class TcpServer
{
public:
    /// serve(socket) runs once per connection; the socket is closed after it
    TcpServer(const QString &address, std::function<void(int)> serve, quint16 port = 0);
    ~TcpServer();

    quint16 port() const { return m_port; }
    int accepted() const { return m_accepted; }

private:
    void run();

    int m_listener = -1;
    quint16 m_port = 0;
    std::function<void(int)> m_serve;
    std::atomic<int> m_accepted{0};
    std::mutex m_mutex;
    std::vector<std::thread> m_connections;
    std::vector<int> m_open;
    std::thread m_thread;
};

/// A TCP server on the host's side of a test that notes every byte it gets, and how each connection ends.
class RecordingServer
{
public:
    struct Connection
    {
        QByteArray received;
        bool isOver = false;
        bool wasReset = false;
    };

    /// greeting   what it says first; nothing more is ever said
    RecordingServer(const QString &address, quint16 port, QByteArray greeting = {});

    quint16 port() const { return m_server.port(); }
    /// In the order in which they came.
    std::vector<Connection> connections() const;
    bool hasEnded(size_t index = 0) const;
    /// By the first connection; empty without one.
    QByteArray received() const;

private:
    void serve(int socket);

    const QByteArray m_greeting;
    mutable std::mutex m_mutex; ///< guards the one below
    std::vector<Connection> m_connections;
    TcpServer m_server;
};

/// A UDP server on the host's side of a test: answers each datagram with answer(datagram), unless that is
/// null.
class UdpServer
{
public:
    UdpServer(const QString &address, std::function<QByteArray(const QByteArray &)> answer, quint16 port = 0);
    ~UdpServer();

    quint16 port() const { return m_port; }
    int received() const { return m_received; }

private:
    void run();

    int m_socket = -1;
    quint16 m_port = 0;
    std::function<QByteArray(const QByteArray &)> m_answer;
    std::atomic<int> m_received{0};
    std::atomic<bool> m_stopping{false};
    std::thread m_thread;
};

/// A resolver with a few names, that remembers what it was asked.
///
/// allowed.test is an alias whose addresses stand under another name, rebind.test has a private address,
/// silent.test is never answered, other.test is one more host. A question for another type than A gets one
/// record of that type, so that what is passed on can be told from what is not.
class TestResolver
{
public:
    TestResolver();

    /// As the engine's configuration wants it.
    std::string address() const;
    QList<QString> asked() const;

    /// Gives a name these IPv4 addresses from now on. Without one it exists, but has only others (IPv6).
    void set(const QString &name, const QStringList &addresses);
    /// Answers for a name with this response code from now on; -1: with an answer that ends too early.
    void fail(const QString &name, int code);

private:
    struct Host
    {
        std::vector<net::Ipv4> addresses;
        int code = 0;
    };

    QByteArray answer(const QByteArray &query);

    mutable std::mutex m_mutex; ///< guards the two below
    QList<QString> m_asked;
    QHash<QString, Host> m_hosts;
    UdpServer m_server;
};

/// A listening socket in the calling thread's namespace.
/// port   the one wished for, 0 for any; becomes the one it got
int listenTcp(const QString &address, quint16 *port);

/// What leaves the test's process, wherever it goes: the host of the test has only a loopback. Of TCP it
/// notes the attempts to connect, of everything else each packet. Needs TapBench::enterHostNamespace().
class PacketWatch
{
public:
    PacketWatch();
    ~PacketWatch();
    PacketWatch(const PacketWatch &) = delete;
    PacketWatch &operator=(const PacketWatch &) = delete;

    /// The destinations since clear(), as "address/protocol:port"; the port is 0 where the protocol has none.
    /// What is not IPv4 is there as "ethertype 86dd". Does not wait: send a control first, and see that it is
    /// there.
    QStringList seen();
    void clear();

private:
    void note(std::span<const uint8_t> packet, uint16_t etherType);

    int m_socket;
    QStringList m_seen;
};

/// A connected client socket in the calling thread's namespace, with a time limit on every call; -1 with
/// errno.
int connectTcp(const QString &address, quint16 port, int timeoutMilliseconds = 5000);
int connectUdp(const QString &address, quint16 port, int timeoutMilliseconds = 2000);
/// Sends all of it; false on error.
bool sendAll(int socket, const QByteArray &data);
/// Receives exactly size bytes, or what came before the end or an error.
QByteArray receiveExactly(int socket, qsizetype size);

} // namespace boxgate::test
