#pragma once

#include "tests/net/hostservers.h"

#include <QProcess>
#include <QTemporaryDir>

#include <memory>

namespace boxgate::test {

/// An internet of the test's own, in a network namespace that this process and the boxes it starts live in:
/// addresses on the loopback stand for machines elsewhere, and /etc/resolv.conf names a resolver of the test.
/// Even a leak stays there, and is seen.
class GateWorld
{
public:
    static inline const QString Server = QStringLiteral("198.51.100.10"); ///< *.example.test and other.test
    static inline const QString Rogue = QStringLiteral("198.51.100.20"); ///< a resolver that nobody allowed
    static inline const QString Resolver = QStringLiteral("198.51.100.53");

    /// Once, from main() before any thread. Returns  why there can be no such world; empty when there is one
    static QString enter();

    GateWorld();

    /// The names that the resolver was asked for.
    QStringList asked() const;

private:
    QByteArray answer(const QByteArray &query);

    mutable std::mutex m_mutex;
    QStringList m_asked;
    UdpServer m_resolver;
};

/// An HTTPS server (openssl s_server) behind a listener that sees what reaches it; its page is /page.
class TlsServer
{
public:
    TlsServer(const QString &address, quint16 port, const QByteArray &page);
    ~TlsServer();

    /// Why it does not work; empty when it does.
    QString error() const { return m_error; }
    /// Connections on which at least one byte has arrived.
    int reached() const { return m_reached; }

private:
    void relay(int client);

    QString m_error;
    QTemporaryDir m_folder;
    QProcess m_process;
    quint16 m_port = 0; ///< of s_server, on 127.0.0.1
    std::atomic<int> m_reached{0};
    std::unique_ptr<TcpServer> m_listener;
};

} // namespace boxgate::test
