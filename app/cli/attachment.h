#pragma once

#include "app/cli/signalsource.h"
#include "app/cli/standardstreams.h"
#include "core/base/pendingreply.h"
#include "core/client/commandsession.h"

#include <QElapsedTimer>

#include <optional>

namespace boxgate::cli {

/// Whether this program's standard input goes to the command.
enum class InputMode
{
    None,
    Forwarded
};

/// Whether the command has a terminal.
enum class TerminalMode
{
    Pipes,
    Terminal
};

/// How an attachment ended.
struct AttachmentEnd
{
    enum class Kind
    {
        Exited, ///< the command ended, and all its output is written
        OutputClosed, ///< nobody reads our standard output or error any more
        TerminalClosed, ///< SIGHUP: our terminal went away; the command was told
        Abandoned, ///< the user pressed Ctrl-C again and again; the command was told each time
        NeverBegan ///< a signal came before the command was started
    };

    Kind kind = Kind::Exited;
    int status = 0; ///< as a shell shows it
};

/// Joins this program's standard streams, terminal and signals with a command in a box, until one of them
/// ends.
///
/// Flow control goes through: output that our reader does not take is not asked for, and standard input is
/// read only as far as the box takes it. SIGINT, SIGTERM, SIGQUIT and SIGHUP go to the command; the third
/// SIGINT within AbandonWindow ends the attachment. One that comes before the command has started ends it at
/// once. With a terminal on both sides, ours is raw and its size follows.
///
/// Thread: the main thread. Lifetime: shorter than the session's and the signals'; one run().
class Attachment : public QObject
{
    Q_OBJECT

public:
    /// signalSource   of forwardedSignals(); it may be older than the session
    Attachment(CommandSession *session, InputMode input, TerminalMode terminal, SignalSource *signalSource);

    static QList<int> forwardedSignals();

    /// startLimit   for the command to start; 0: none
    /// Errors   why the command could not be started; Unavailable: the runner went away
    Async<AttachmentEnd> run(std::chrono::milliseconds startLimit);

    static constexpr int AbandonCount = 3;
    static constexpr std::chrono::milliseconds AbandonWindow{3000};

private:
    AttachmentEnd neverBegan() const;
    void takeOutput(ControlChannel channel, const QByteArray &bytes);
    void takeInput(const QByteArray &bytes);
    void sendInput();
    void takeSignal(int number);
    void countInterrupt();
    void takeExit(const ExitedEvent &exit);
    void deliverExit();
    void end(AttachmentEnd::Kind kind, int status);
    void forward(int number);
    void sendSize();

    CommandSession *m_session;
    const InputMode m_inputMode;
    const TerminalMode m_terminalMode;
    InputReader m_input;
    OutputWriter m_output;
    OutputWriter m_errors;
    const SignalSource *m_signals;
    SignalSource m_resizes;
    TaskScope m_tasks;
    QByteArray m_pendingInput; ///< read, and not taken by the box yet
    bool m_inputEnded = false;
    bool m_isOpen = false;
    std::optional<int> m_exitStatus;
    QList<QElapsedTimer> m_interrupts;
    PendingReply<AttachmentEnd> m_end;
};

} // namespace boxgate::cli
