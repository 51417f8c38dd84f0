#pragma once

#include "core/base/taskscope.h"
#include "core/control/controlpeer.h"

#include <QLocalServer>

#include <chrono>

namespace boxgate {

/// The runner's control socket: accepts clients of its own user and greets them.
///
/// Thread: the main thread. Lifetime: the runner's; the socket's file is removed with it. Its peers are its
/// children. It knows frames and limits; what requests mean is up to whoever connects to the peers' signals
/// in accepted().
class ControlServer : public QObject
{
    Q_OBJECT

public:
    static constexpr int MaxPeers = 64;

    explicit ControlServer(const ControlHello &hello, QObject *parent = nullptr);
    ~ControlServer() override;

    /// Errors   InvalidArgument: the path is too long; Denied, Io
    Result<void> listen(const QString &path);

    QList<ControlPeer *> peers() const { return m_peers; }

    /// Ends once everything queued was written, or the limit has passed: clients get their last answers.
    QCoro::Task<void> drain(std::chrono::milliseconds limit);

    /// Closes every connection and the socket.
    void close();

Q_SIGNALS:
    void accepted(boxgate::ControlPeer *peer);

private:
    void acceptPending();

    const ControlHello m_hello;
    QLocalServer m_server;
    QString m_path;
    QList<ControlPeer *> m_peers;
};

} // namespace boxgate
