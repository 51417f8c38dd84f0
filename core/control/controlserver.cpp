#include "core/control/controlserver.h"

#include "core/base/pendingreply.h"
#include "core/control/controlsocket.h"

#include <QFile>
#include <QLocalSocket>
#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logServer, "boxgate.control.server")

} // namespace

ControlServer::ControlServer(const ControlHello &hello, QObject *parent)
    : QObject(parent)
    , m_hello(hello)
{
    m_server.setMaxPendingConnections(MaxPeers);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlServer::acceptPending);
}

ControlServer::~ControlServer() { close(); }

Result<void> ControlServer::listen(const QString &path)
{
    Result<Descriptor> socket = listenOnSocket(path);
    BOXGATE_TRY(socket);
    m_path = path;
    if (!m_server.listen(socket->take()))
        return fail(ErrorCode::Io, QStringLiteral("Cannot listen on the control socket %1").arg(path),
                    m_server.errorString());
    return {};
}

void ControlServer::acceptPending()
{
    while (QLocalSocket *const socket = m_server.nextPendingConnection()) {
        const bool ours = isPeerOurUser(int(socket->socketDescriptor()));
        if (!ours || m_peers.size() >= MaxPeers) {
            qCWarning(logServer) << (ours ? "too many clients: one is refused"
                                          : "a client of another user is refused");
            socket->abort();
            socket->deleteLater();
            continue;
        }
        auto *const peer = new ControlPeer(socket, m_hello, this);
        m_peers.append(peer);
        connect(peer, &ControlPeer::closed, this, [this, peer] {
            m_peers.removeOne(peer);
            peer->deleteLater();
        });
        Q_EMIT accepted(peer);
    }
}

QCoro::Task<void> ControlServer::drain(std::chrono::milliseconds limit)
{
    const PendingReply<bool> done(limit,
                                  Error{ErrorCode::Timeout, QStringLiteral("A client does not read"), {}});
    const auto check = [this, done] {
        for (const ControlPeer *const peer : std::as_const(m_peers)) {
            if (peer->queuedBytes() > 0)
                return;
        }
        done.deliver(true);
    };
    QObject context;
    for (ControlPeer *const peer : std::as_const(m_peers)) {
        connect(peer, &ControlPeer::drained, &context, check);
        connect(peer, &ControlPeer::closed, &context, check);
    }
    check();
    const Result<bool> drained = co_await done;
    if (!drained)
        qCInfo(logServer) << "a client did not take its last answer";
}

void ControlServer::close()
{
    m_server.close();
    if (!m_path.isEmpty())
        QFile::remove(std::exchange(m_path, {}));
    const QList<ControlPeer *> peers = m_peers;
    for (ControlPeer *const peer : peers)
        peer->close();
}

} // namespace boxgate
