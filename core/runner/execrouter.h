#pragma once

#include "core/control/controlpeer.h"
#include "core/guest/guestchannel.h"
#include "core/runner/guestsetup.h"

namespace boxgate {

class ExecSession;

/// Ties the clients' exec streams to commands in the guest.
///
/// Thread: the main thread. Lifetime: the run's, from Ready to the end of the channel. A client that goes
/// away leaves no command behind.
class ExecRouter : public QObject
{
    Q_OBJECT

public:
    ExecRouter(GuestChannel &channel, const CommandDefaults &defaults, QObject *parent = nullptr);
    ~ExecRouter() override;

    /// Serves an exec request: answers it, now or later.
    void start(ControlPeer *peer, quint32 stream, const ExecParams &params);
    void start(ControlPeer *peer, quint32 stream, const CopyParams &params);

    /// Returns  false: that stream of that client is no exec
    bool resize(const ControlPeer *peer, const ResizeParams &params);
    bool signal(const ControlPeer *peer, const SignalParams &params);

    int sessions() const { return int(m_sessions.size()); }

private:
    void take(ControlPeer *peer, quint32 stream, Result<std::unique_ptr<GuestProcess>> process,
              const QString &program);
    ExecSession *find(const ControlPeer *peer, quint32 stream) const;
    void drop(ExecSession *session);
    void watch(ControlPeer *peer);

    GuestChannel &m_channel;
    const CommandDefaults m_defaults;
    QList<ExecSession *> m_sessions;
    QSet<ControlPeer *> m_watched;
};

} // namespace boxgate
