#include "app/cli/prompt.h"

#include "core/base/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

constexpr char EndOfText = '\x03'; // Ctrl-C
constexpr qsizetype MaxSecretBytes = 64 * 1024;

/// Up to a line feed or Ctrl-C, which stays in it.
QByteArray readLine(int descriptor, qsizetype most)
{
    QByteArray line;
    char c = 0;
    while (line.size() <= most) {
        const ssize_t count = ::read(descriptor, &c, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || c == '\n')
            break;
        line.append(c);
        if (c == EndOfText)
            break;
    }
    return line;
}

void writeAll(int descriptor, const QByteArray &text)
{
    const ssize_t count = ::write(descriptor, text.constData(), size_t(text.size()));
    Q_UNUSED(count); // a question that cannot be shown is answered by Ctrl-C
}

} // namespace

Result<QString> promptLine(const QString &question, Echo echo)
{
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    termios saved{};
    if (!terminal.isValid() || ::tcgetattr(terminal.number(), &saved) != 0) {
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("There is no terminal to ask on: use -u USER and --password-stdin"));
    }
    // Ctrl-C as a character that ends the line: as a signal it would leave the terminal without echo.
    termios asking = saved;
    asking.c_lflag &= ~tcflag_t(ISIG);
    if (echo == Echo::Off)
        asking.c_lflag &= ~tcflag_t(ECHO);
    asking.c_cc[VEOL] = EndOfText;
    ::tcsetattr(terminal.number(), TCSAFLUSH, &asking);
    writeAll(terminal.number(), question.toLocal8Bit());
    const QByteArray line = readLine(terminal.number(), MaxSecretBytes);
    ::tcsetattr(terminal.number(), TCSAFLUSH, &saved);
    if (echo == Echo::Off || line.endsWith(EndOfText))
        writeAll(terminal.number(), "\n");
    if (line.endsWith(EndOfText) || line.isEmpty())
        return fail(ErrorCode::Cancelled, QStringLiteral("No answer was given"));
    return QString::fromLocal8Bit(line);
}

Result<QString> readSecretFromInput()
{
    QByteArray line = readLine(STDIN_FILENO, MaxSecretBytes);
    if (line.endsWith('\r'))
        line.chop(1);
    if (line.isEmpty() || line.size() > MaxSecretBytes)
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--password-stdin: standard input holds no password in its first line"));
    return QString::fromUtf8(line);
}

} // namespace boxgate::cli
