#pragma once

#include "core/control/controlpeer.h"
#include "core/guest/guestprocess.h"

#include <QPointer>

#include <memory>

namespace boxgate {

/// Standard input on its way to a command of the guest: holds what the guest has no room for yet. Bounded by
/// the client's credit, which is given back only as the guest takes the bytes.
class InputQueue
{
public:
    void append(const QByteArray &bytes) { m_waiting.append(bytes); }
    void end() { m_ended = true; }

    /// Hands on what the process takes. Returns how many bytes it took.
    qsizetype pump(GuestProcess &process);

private:
    QByteArray m_waiting;
    bool m_ended = false;
    bool m_closed = false;
};

/// One exec: a stream of a client tied to a command in the guest, with credit end to end.
///
/// Thread: the main thread. Lifetime: from the request until over(), then its router deletes it. When the
/// client goes away or cancels, the router deletes it at once, and the command is hung up with it.
class ExecSession : public QObject
{
    Q_OBJECT

public:
    ExecSession(ControlPeer *peer, quint32 stream, std::unique_ptr<GuestProcess> process,
                const QString &program, QObject *parent);

    const ControlPeer *peer() const { return m_peer; }
    quint32 stream() const { return m_stream; }
    GuestProcess &process() { return *m_process; }

    void takeInput(const QByteArray &bytes);
    void endInput();

Q_SIGNALS:
    /// The command is over, or never began, and the client knows.
    void over();

private:
    void pump();

    const QPointer<ControlPeer> m_peer;
    const quint32 m_stream;
    const std::unique_ptr<GuestProcess> m_process;
    InputQueue m_input;
};

/// The protocols' words for the same things.
ControlChannel controlChannel(guest::Channel channel);
guest::Channel guestChannelOf(ControlChannel channel);
ExitedEvent exitedEvent(const guest::Exited &exited);

} // namespace boxgate
