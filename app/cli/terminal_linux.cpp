#include "app/cli/terminal.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

// Read in a signal handler, which gets no argument of ours: the one place where the process is the owner.
termios g_savedSettings;
volatile std::sig_atomic_t g_mustRestore = 0;

constexpr std::array FatalSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGHUP, SIGINT, SIGQUIT};

void restore()
{
    if (g_mustRestore == 0)
        return;
    g_mustRestore = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &g_savedSettings);
}

/// Only async-signal-safe calls (signal-safety(7) lists tcsetattr).
void restoreAndDie(int signal)
{
    restore();
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

} // namespace

bool isTerminal(StandardStream stream) { return ::isatty(int(stream)) == 1; }

TerminalSize terminalSize()
{
    for (const int descriptor : {STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO}) {
        winsize size{};
        if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
            return {size.ws_row, size.ws_col};
    }
    return {};
}

Result<RawTerminal> RawTerminal::enter()
{
    if (::tcgetattr(STDIN_FILENO, &g_savedSettings) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Standard input is not a terminal")));
    static const int registered = std::atexit(restore);
    Q_UNUSED(registered);
    for (const int signal : FatalSignals)
        ::signal(signal, restoreAndDie);
    termios raw = g_savedSettings;
    ::cfmakeraw(&raw);
    g_mustRestore = 1;
    if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
        g_mustRestore = 0;
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot set the terminal up")));
    }
    RawTerminal terminal;
    terminal.m_isActive = true;
    return terminal;
}

qsizetype tableWidth() { return isTerminal(StandardStream::Output) ? terminalSize().columns : 0; }

RawTerminal::~RawTerminal()
{
    if (m_isActive)
        restore();
}

} // namespace boxgate::cli
