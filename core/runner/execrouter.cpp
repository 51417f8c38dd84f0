#include "core/runner/execrouter.h"

#include "core/runner/execsession.h"

namespace boxgate {

ExecRouter::ExecRouter(GuestChannel &channel, const CommandDefaults &defaults, QObject *parent)
    : QObject(parent)
    , m_channel(channel)
    , m_defaults(defaults)
{ }

ExecRouter::~ExecRouter() { qDeleteAll(m_sessions); }

void ExecRouter::start(ControlPeer *peer, quint32 stream, const ExecParams &params)
{
    take(peer, stream, m_channel.exec(execMessage(params, m_defaults)), params.command.first());
}

void ExecRouter::start(ControlPeer *peer, quint32 stream, const CopyParams &params)
{
    take(peer, stream, m_channel.copy(copyMessage(params)), QStringLiteral("copy"));
}

void ExecRouter::take(ControlPeer *peer, quint32 stream, Result<std::unique_ptr<GuestProcess>> process,
                      const QString &program)
{
    if (!process) {
        peer->respond(stream, fail(process.error()));
        return;
    }
    watch(peer);
    auto *const session = new ExecSession(peer, stream, std::move(*process), program, this);
    m_sessions.append(session);
    connect(session, &ExecSession::over, this, [this, session] { drop(session); });
}

bool ExecRouter::resize(const ControlPeer *peer, const ResizeParams &params)
{
    ExecSession *const session = find(peer, params.stream);
    if (session)
        session->process().resize(params.rows, params.columns);
    return session != nullptr;
}

bool ExecRouter::signal(const ControlPeer *peer, const SignalParams &params)
{
    ExecSession *const session = find(peer, params.stream);
    if (session)
        session->process().signal(params.signal);
    return session != nullptr;
}

ExecSession *ExecRouter::find(const ControlPeer *peer, quint32 stream) const
{
    for (ExecSession *const session : m_sessions) {
        if (session->peer() == peer && session->stream() == stream)
            return session;
    }
    return nullptr;
}

void ExecRouter::drop(ExecSession *session)
{
    // Mostly inside one of its own signals. Until the deletion nothing may reach it any more.
    m_sessions.removeOne(session);
    session->disconnect();
    session->process().disconnect();
    session->deleteLater();
}

void ExecRouter::watch(ControlPeer *peer)
{
    if (m_watched.contains(peer))
        return;
    m_watched.insert(peer);
    connect(peer, &ControlPeer::dataReceived, this, [this, peer](quint32 stream, const QByteArray &bytes) {
        if (ExecSession *const session = find(peer, stream))
            session->takeInput(bytes);
    });
    connect(peer, &ControlPeer::endReceived, this, [this, peer](quint32 stream) {
        if (ExecSession *const session = find(peer, stream))
            session->endInput();
    });
    connect(peer, &ControlPeer::cancelled, this, [this, peer](quint32 stream) {
        if (ExecSession *const session = find(peer, stream))
            drop(session);
    });
    connect(peer, &ControlPeer::closed, this, [this, peer] {
        m_watched.remove(peer);
        const QList<ExecSession *> sessions = m_sessions;
        for (ExecSession *const session : sessions) {
            if (session->peer() == peer)
                drop(session);
        }
    });
}

} // namespace boxgate
