#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <atomic>
#include <functional>
#include <mutex>
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
class TestResolver
{
public:
    TestResolver();

    /// As the engine's configuration wants it.
    std::string address() const;
    QList<QString> asked() const;

private:
    QByteArray answer(const QByteArray &query);

    mutable std::mutex m_mutex;
    QList<QString> m_asked;
    UdpServer m_server;
};

/// A listening socket in the calling thread's namespace.
/// port   the one wished for, 0 for any; becomes the one it got
int listenTcp(const QString &address, quint16 *port);
/// A connected client socket in the calling thread's namespace, with a time limit on every call; -1 with
/// errno.
int connectTcp(const QString &address, quint16 port, int timeoutMilliseconds = 5000);
int connectUdp(const QString &address, quint16 port, int timeoutMilliseconds = 2000);
/// Sends all of it; false on error.
bool sendAll(int socket, const QByteArray &data);
/// Receives exactly size bytes, or what came before the end or an error.
QByteArray receiveExactly(int socket, qsizetype size);

} // namespace boxgate::test
