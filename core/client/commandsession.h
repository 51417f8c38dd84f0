#pragma once

#include "core/base/taskscope.h"
#include "core/control/controlconnection.h"

#include <memory>

namespace boxgate {

/// One command in a box, or its main command, with its standard streams.
///
///     const std::unique_ptr<CommandSession> session = handle->makeExec(params);
///     connect(session.get(), &CommandSession::output, ...);
///     const Result<qint64> pid = co_await session->open(CommandSession::StartLimit);
///
/// Thread: the handle's. Lifetime: not longer than the handle; destroying an open one hangs an exec's command
/// up and only detaches from a main command. exited() or closed() ends it, exactly one of them, and after the
/// last output().
///
/// Nothing is buffered here: output() is called with at most 256 KiB that were not passedOn(), and write()
/// takes no more than the box has room for.
class CommandSession : public QObject
{
    Q_OBJECT

public:
    CommandSession(ControlConnection *connection, std::unique_ptr<ControlStream> stream);

    /// Starts the command, or attaches. Call once, after connecting the signals.
    /// Returns  the process id in the box; 0 for an attachment
    /// limit    0: none, for an attachment to a box that is still to boot
    /// Errors   NotFound with a detail of ExecFailure; Timeout; Unavailable: the runner went away
    Async<qint64> open(std::chrono::milliseconds limit);

    /// The agent answers in milliseconds; a guest under load may need longer. No answer at all means a hung
    /// guest.
    static constexpr std::chrono::seconds StartLimit{60};

    bool isOpen() const { return m_stream->isOpen(); }
    /// Standard input. Returns how many bytes were taken; the rest after writable().
    qsizetype write(QByteArrayView bytes) { return m_stream->send(bytes); }
    void closeInput() { m_stream->sendEnd(); }
    /// Bytes of output() were written to where they go.
    void passOn(ControlChannel channel, qsizetype bytes) { m_stream->passOn(channel, bytes); }
    void hangUp() { m_stream->cancel(); }

    /// Errors   Unavailable: the runner went away; NotFound: the command has ended
    Async<void> resize(quint16 rows, quint16 columns);
    /// number   Linux signal, 1..64
    Async<void> signal(int number);

Q_SIGNALS:
    void output(boxgate::ControlChannel channel, const QByteArray &bytes);
    void outputEnded(boxgate::ControlChannel channel);
    void writable();
    /// The command reads no more.
    void inputClosed();
    void exited(const boxgate::ExitedEvent &exit);
    void closed(const boxgate::Error &why);

private:
    ControlConnection *m_connection;
    std::unique_ptr<ControlStream> m_stream;
};

} // namespace boxgate
