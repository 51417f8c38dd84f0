#include "core/runner/execsession.h"

#include "core/runner/guestsetup.h"

namespace boxgate {

ControlChannel controlChannel(guest::Channel channel) { return ControlChannel(quint8(channel)); }
guest::Channel guestChannelOf(ControlChannel channel) { return guest::Channel(quint8(channel)); }

ExitedEvent exitedEvent(const guest::Exited &exited)
{
    return ExitedEvent{exited.exitCode, exited.signal, exited.timedOut};
}

qsizetype InputQueue::pump(GuestProcess &process)
{
    qsizetype taken = 0;
    if (!m_waiting.isEmpty()) {
        taken = process.write(m_waiting);
        m_waiting.remove(0, taken);
    }
    if (m_waiting.isEmpty() && m_ended && !m_closed) {
        m_closed = true;
        process.closeInput();
    }
    return taken;
}

ExecSession::ExecSession(ControlPeer *peer, quint32 stream, std::unique_ptr<GuestProcess> process,
                         const QString &program, QObject *parent)
    : QObject(parent)
    , m_peer(peer)
    , m_stream(stream)
    , m_process(std::move(process))
{
    connect(m_process.get(), &GuestProcess::started, this, [this](quint32 pid) {
        m_peer->openSession(m_stream, {{QStringLiteral("pid"), qint64(pid)}});
    });
    connect(m_process.get(), &GuestProcess::output, this,
            [this](guest::Channel channel, const QByteArray &bytes) {
                m_peer->sendData(m_stream, controlChannel(channel), bytes);
            });
    connect(m_process.get(), &GuestProcess::outputEnded, this,
            [this](guest::Channel channel) { m_peer->sendEnd(m_stream, controlChannel(channel)); });
    connect(m_process.get(), &GuestProcess::bytesWritable, this, &ExecSession::pump);
    connect(m_process.get(), &GuestProcess::inputClosed, this, [this] {
        m_peer->sendEnd(m_stream, ControlChannel::Stdin);
        pump();
    });
    connect(m_process.get(), &GuestProcess::finished, this, [this](const guest::Exited &exited) {
        m_peer->endSession(m_stream, exitedEvent(exited).toJson());
        Q_EMIT over();
    });
    connect(m_process.get(), &GuestProcess::failed, this, [this, program](const guest::ExecFailed &failure) {
        m_peer->respond(m_stream, fail(execError(failure, program)));
        Q_EMIT over();
    });
    connect(m_process.get(), &GuestProcess::lost, this, [this](const Error &error) {
        // A session that is under way ends as a shell's does when its host goes down: by SIGHUP.
        if (m_peer->isSession(m_stream))
            m_peer->endSession(m_stream, ExitedEvent{0, 1, false}.toJson());
        else
            m_peer->respond(m_stream, fail(error.in(QStringLiteral("Cannot run the command"))));
        Q_EMIT over();
    });
    connect(peer, &ControlPeer::creditReceived, this,
            [this](quint32 credited, ControlChannel channel, quint32 bytes) {
                if (credited == m_stream)
                    m_process->grantCredit(guestChannelOf(channel), bytes);
            });
}

void ExecSession::takeInput(const QByteArray &bytes)
{
    m_input.append(bytes);
    pump();
}

void ExecSession::endInput()
{
    m_input.end();
    pump();
}

void ExecSession::pump() { m_peer->sendCredit(m_stream, m_input.pump(*m_process)); }

} // namespace boxgate
