#include "app/cli/attachment.h"

#include "app/cli/exitstatus.h"

#include <csignal>

namespace boxgate::cli {

QList<int> Attachment::forwardedSignals() { return {SIGINT, SIGTERM, SIGQUIT, SIGHUP}; }

Attachment::Attachment(CommandSession *session, InputMode input, TerminalMode terminal,
                       SignalSource *signalSource)
    : m_session(session)
    , m_inputMode(input)
    , m_terminalMode(terminal)
    , m_output(StandardStream::Output)
    , m_errors(StandardStream::Error)
    , m_signals(signalSource)
    , m_resizes({SIGWINCH})
{
    connect(session, &CommandSession::output, this, &Attachment::takeOutput);
    connect(session, &CommandSession::exited, this, &Attachment::takeExit);
    connect(session, &CommandSession::writable, this, &Attachment::sendInput);
    connect(session, &CommandSession::inputClosed, &m_input, &InputReader::stop);
    connect(session, &CommandSession::closed, this, [this](const Error &why) { m_end.deliver(fail(why)); });
    connect(&m_input, &InputReader::bytesRead, this, &Attachment::takeInput);
    connect(&m_input, &InputReader::ended, this, [this] {
        m_inputEnded = true;
        sendInput();
    });
    connect(&m_output, &OutputWriter::written, this,
            [this](qsizetype bytes) { m_session->passOn(ControlChannel::Stdout, bytes); });
    connect(&m_errors, &OutputWriter::written, this,
            [this](qsizetype bytes) { m_session->passOn(ControlChannel::Stderr, bytes); });
    for (OutputWriter *writer : {&m_output, &m_errors}) {
        connect(writer, &OutputWriter::broken, this,
                [this] { end(AttachmentEnd::Kind::OutputClosed, ExitStatus::OfSignal + SIGPIPE); });
        connect(writer, &OutputWriter::drained, this, &Attachment::deliverExit);
    }
    connect(signalSource, &SignalSource::received, this, &Attachment::takeSignal);
    connect(&m_resizes, &SignalSource::received, this, &Attachment::sendSize);
}

Async<AttachmentEnd> Attachment::run(std::chrono::milliseconds startLimit)
{
    if (m_signals->first())
        co_return neverBegan();
    const Result<qint64> opened = co_await m_session->open(startLimit);
    if (m_signals->first())
        co_return neverBegan();
    BOXGATE_CO_TRY(opened);
    // Not before: while a box boots, Ctrl-C must still be a signal.
    std::optional<RawTerminal> raw;
    const bool usesKeys = m_terminalMode == TerminalMode::Terminal && m_inputMode == InputMode::Forwarded;
    if (usesKeys && isTerminal(StandardStream::Input)) {
        Result<RawTerminal> entered = RawTerminal::enter();
        BOXGATE_CO_TRY(entered);
        raw.emplace(std::move(*entered));
    }
    m_isOpen = true;
    if (m_inputMode == InputMode::Forwarded)
        m_input.resume();
    const PendingReply<AttachmentEnd> reply = m_end;
    const Result<AttachmentEnd> ended = co_await reply;
    m_input.stop();
    raw.reset();
    co_await m_tasks.join();
    co_return ended;
}

AttachmentEnd Attachment::neverBegan() const
{
    AttachmentEnd end;
    end.kind = AttachmentEnd::Kind::NeverBegan;
    end.status = ExitStatus::OfSignal + *m_signals->first();
    return end;
}

void Attachment::takeOutput(ControlChannel channel, const QByteArray &bytes)
{
    if (channel == ControlChannel::Stdout)
        m_output.write(bytes);
    else
        m_errors.write(bytes);
}

void Attachment::takeInput(const QByteArray &bytes)
{
    m_pendingInput = bytes;
    sendInput();
}

void Attachment::sendInput()
{
    if (!m_pendingInput.isEmpty()) {
        const qsizetype taken = m_session->write(m_pendingInput);
        m_pendingInput.remove(0, taken);
        if (!m_pendingInput.isEmpty())
            return; // the rest after writable()
    }
    if (!m_inputEnded) {
        if (m_isOpen && m_inputMode == InputMode::Forwarded)
            m_input.resume();
        return;
    }
    m_inputEnded = false;
    m_session->closeInput();
}

void Attachment::takeSignal(int number)
{
    if (!m_isOpen) {
        m_session->hangUp(); // open() ends with Cancelled
        return;
    }
    forward(number);
    if (number == SIGHUP)
        end(AttachmentEnd::Kind::TerminalClosed, ExitStatus::OfSignal + SIGHUP);
    else if (number == SIGINT)
        countInterrupt();
}

void Attachment::countInterrupt()
{
    QElapsedTimer now;
    now.start();
    m_interrupts.append(now);
    if (m_interrupts.size() > AbandonCount)
        m_interrupts.removeFirst();
    if (m_interrupts.size() == AbandonCount && !m_interrupts.first().hasExpired(AbandonWindow.count()))
        end(AttachmentEnd::Kind::Abandoned, ExitStatus::OfSignal + SIGINT);
}

void Attachment::forward(int number)
{
    m_tasks.spawn(QStringLiteral("forward signal %1").arg(number), m_session->signal(number));
}

void Attachment::sendSize()
{
    if (m_terminalMode == TerminalMode::Pipes || !m_isOpen)
        return;
    const TerminalSize size = terminalSize();
    m_tasks.spawn(QStringLiteral("resize"), m_session->resize(size.rows, size.columns));
}

void Attachment::takeExit(const ExitedEvent &exit)
{
    m_exitStatus = exit.status();
    deliverExit();
}

void Attachment::deliverExit()
{
    if (m_exitStatus && m_output.isEmpty() && m_errors.isEmpty())
        end(AttachmentEnd::Kind::Exited, *m_exitStatus);
}

void Attachment::end(AttachmentEnd::Kind kind, int status)
{
    AttachmentEnd reached;
    reached.kind = kind;
    reached.status = status;
    m_end.deliver(reached);
}

} // namespace boxgate::cli
