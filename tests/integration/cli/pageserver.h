#pragma once

#include "tests/support/realhome.h"

#include <QHostAddress>
#include <QTcpServer>

namespace boxgate::test {

/// An HTTP server in this process: a page at /, and at /endless bytes without end, as fast as they are taken.
class PageServer : public QObject
{
    Q_OBJECT

public:
    explicit PageServer(const QHostAddress &address);

    bool listens() const { return m_server.isListening(); }
    quint16 port() const { return m_server.serverPort(); }
    /// "http://HOST:PORT/path"
    QString address(const QString &host, const QString &path = QStringLiteral("/")) const;
    /// Clients so far: what has reached it.
    int clients() const { return m_clients; }

private:
    void serve(QTcpSocket *socket);

    QTcpServer m_server;
    int m_clients = 0;
};

/// Runs `boxgate ARGUMENTS` to its end while this process goes on serving.
Outcome runServing(const RealHome &home, const QStringList &arguments,
                   std::chrono::milliseconds limit = std::chrono::seconds(60), const QByteArray &input = {});

/// An address of this host that is not loopback, so that a box reaches it under the rules; null: there is
/// none.
QHostAddress outsideAddress();

} // namespace boxgate::test
