#pragma once

#include "tests/net/hostservers.h"

#include <QSslServer>
#include <QTemporaryDir>
#include <QThread>

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

/// An HTTPS server on a thread of its own, with a certificate of its own: one page for everybody.
class TlsServer
{
public:
    TlsServer(const QString &address, quint16 port, const QByteArray &page);
    ~TlsServer();

    /// Why it does not work; empty when it does.
    QString error() const { return m_error; }
    /// Handshakes that were completed.
    int accepted() const { return m_accepted; }

private:
    QString m_error;
    QTemporaryDir m_folder;
    std::atomic<int> m_accepted{0};
    QThread m_thread;
    QSslServer *m_server = nullptr; ///< lives in m_thread
};

} // namespace boxgate::test
