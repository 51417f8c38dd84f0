#include "core/guest/agent/command.h"

#include <csignal>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

namespace boxgate::agent {

using guest::Channel;

Command::Command(EventLoop &loop, HostChannel &host, std::uint32_t stream, guest::Exec exec,
                 Launched launched, std::function<void()> onEnd)
    : m_loop(loop)
    , m_host(host)
    , m_stream(stream)
    , m_exec(std::move(exec))
    , m_pid(launched.pid)
    , m_report(std::move(launched.report))
    , m_terminal(m_exec.tty ? launched.output.value() : -1)
    , m_input(loop, host, stream, std::move(launched.input),
              m_exec.tty ? InputPipe::Kind::Terminal : InputPipe::Kind::Pipe)
    , m_onEnd(std::move(onEnd))
{
    // Before the outputs: a command may have run to its end by now, and epoll hands out what is ready in the
    // order of its registration. Output that came before Started would reach nobody.
    m_reportWatch = loop.watch(m_report.value(), EPOLLIN, [this](std::uint32_t) { readReport(); });
    const auto ended = [this] { outputEnded(); };
    m_output =
        std::make_unique<OutputPipe>(loop, host, stream, Channel::Stdout, std::move(launched.output), ended);
    if (launched.error.isOpen())
        m_error = std::make_unique<OutputPipe>(loop, host, stream, Channel::Stderr, std::move(launched.error),
                                               ended);
    if (m_exec.timeout.count() > 0) {
        m_timeout = loop.after(m_exec.timeout, [this] {
            m_timeout = 0;
            m_timedOut = isRunning();
            kill(SIGKILL);
        });
    }
}

Command::~Command()
{
    m_loop.unwatch(m_reportWatch);
    m_loop.cancel(m_timeout);
    m_loop.cancel(m_hangup);
    m_loop.cancel(m_grace);
}

int Command::stopSignal() const { return m_exec.stopSignal != 0 ? m_exec.stopSignal : SIGTERM; }

void Command::readReport()
{
    LaunchFailure failure;
    const ssize_t count = read(m_report.value(), &failure, sizeof failure);
    if (count < 0)
        return; // nothing yet
    m_loop.unwatch(m_reportWatch);
    m_report.reset();
    if (count == sizeof failure)
        m_failure = failure;
    else
        m_host.send(m_stream, guest::Started{static_cast<std::uint32_t>(m_pid)});
    for (const int number : std::exchange(m_earlySignals, {}))
        kill(number);
}

bool Command::takeInput(const guest::Data &data)
{
    return data.channel == Channel::Stdin && m_input.take(data.content);
}

bool Command::refill(const guest::Credit &credit)
{
    if (credit.channel == Channel::Stdout)
        return m_output->refill(credit.bytes);
    return credit.channel == Channel::Stderr && m_error && m_error->refill(credit.bytes);
}

/// To the process group. The child makes that group itself, so until it has become the program the signal
/// waits here.
void Command::kill(int number)
{
    if (m_reportWatch)
        m_earlySignals.push_back(number);
    else if (isRunning())
        ::kill(-m_pid, number);
}

void Command::signal(int number)
{
    if (m_terminal >= 0 && !m_output->ended() && !m_reportWatch) {
        const pid_t foreground = tcgetpgrp(m_terminal);
        if (foreground > 1) {
            ::kill(-foreground, number);
            return;
        }
    }
    kill(number);
}

void Command::resize(const guest::Resize &size)
{
    if (m_terminal < 0 || m_output->ended())
        return;
    winsize window{};
    window.ws_row = size.rows;
    window.ws_col = size.columns;
    ioctl(m_terminal, TIOCSWINSZ, &window);
}

void Command::hangUp()
{
    m_output->discard();
    if (m_error)
        m_error->discard();
    kill(SIGHUP);
    kill(SIGCONT); // one that is stopped would not see the other
    if (!m_hangup)
        m_hangup = m_loop.after(guest::HangupGrace, [this] { kill(SIGKILL); });
}

void Command::reaped(int status)
{
    if (m_reportWatch)
        readReport(); // so that Started comes before Exited
    m_status = status;
    maybeEnd();
    if (m_ended)
        return;
    m_grace = m_loop.after(guest::OutputGrace, [this] {
        m_output->drainWhatIsThere();
        if (m_error)
            m_error->drainWhatIsThere();
    });
}

void Command::resume()
{
    m_output->resume();
    if (m_error)
        m_error->resume();
}

void Command::outputEnded() { maybeEnd(); }

void Command::maybeEnd()
{
    if (m_ended || !m_status || !m_output->ended() || (m_error && !m_error->ended()))
        return;
    m_ended = true;
    if (m_failure) {
        m_host.send(m_stream, explain(m_exec, *m_failure));
    } else {
        guest::Exited exited;
        if (WIFSIGNALED(*m_status))
            exited.signal = static_cast<std::uint8_t>(WTERMSIG(*m_status));
        else
            exited.exitCode = static_cast<std::uint8_t>(WEXITSTATUS(*m_status));
        exited.timedOut = m_timedOut;
        m_host.send(m_stream, exited);
    }
    m_onEnd();
}

} // namespace boxgate::agent
