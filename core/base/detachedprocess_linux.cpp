#include "core/base/detachedprocess.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace boxgate {

namespace {

/// What the intermediate child reports before exec: the pid, then errno if exec fails.
struct ExecReport
{
    qint64 pid = 0;
    int errnum = 0;
};

void resetSignals()
{
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Runs in the grandchild: only async-signal-safe calls from here to exec.
[[noreturn]] void executeGrandchild(char *const *argv, int log, int report, int execStatus)
{
    resetSignals();
    const int null = ::open("/dev/null", O_RDONLY);
    // Above the targets first, so that no dup2 overwrites one still needed.
    const int logCopy = ::fcntl(log, F_DUPFD_CLOEXEC, 10);
    const int reportCopy = ::fcntl(report, F_DUPFD_CLOEXEC, 10);
    const int statusCopy = ::fcntl(execStatus, F_DUPFD_CLOEXEC, 10);
    const int nullCopy = ::fcntl(null, F_DUPFD_CLOEXEC, 10);
    ::dup2(nullCopy, 0);
    ::dup2(logCopy, 1);
    ::dup2(logCopy, 2);
    ::dup2(reportCopy, DetachedProcess::ReportDescriptor);
    // Nothing else of the starter may live on in a process that outlives it: its pipes would never end.
    ::close_range(DetachedProcess::ReportDescriptor + 1, 9, 0);
    ::close_range(10, ~0U, CLOSE_RANGE_CLOEXEC);
    ExecReport outcome{::getpid(), 0};
    ::execv(argv[0], argv);
    outcome.errnum = errno;
    [[maybe_unused]] const ssize_t written = ::write(statusCopy, &outcome, sizeof outcome);
    ::_exit(127);
}

struct Pipe
{
    int read = -1;
    int write = -1;

    ~Pipe()
    {
        closeRead();
        closeWrite();
    }
    bool open()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            return false;
        read = ends[0];
        write = ends[1];
        return true;
    }
    void closeRead()
    {
        if (read >= 0)
            ::close(std::exchange(read, -1));
    }
    void closeWrite()
    {
        if (write >= 0)
            ::close(std::exchange(write, -1));
    }
};

template <typename T> bool readWhole(int descriptor, T &value)
{
    ssize_t got = 0;
    do {
        got = ::read(descriptor, &value, sizeof value);
    } while (got < 0 && errno == EINTR);
    return got == ssize_t(sizeof value);
}

} // namespace

void DetachedProcess::kill() const { ::kill(pid_t(pid), SIGKILL); }

Result<DetachedProcess> DetachedProcess::start(const QString &program, const QStringList &arguments,
                                               const QString &logFile)
{
    std::vector<QByteArray> encoded{QFile::encodeName(program)};
    for (const QString &argument : arguments)
        encoded.push_back(argument.toLocal8Bit());
    std::vector<char *> argv;
    for (QByteArray &argument : encoded)
        argv.push_back(argument.data());
    argv.push_back(nullptr);

    const int log =
        ::open(QFile::encodeName(logFile).constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot write the log %1").arg(logFile)));
    Pipe report;
    Pipe status;
    Pipe identity;
    if (!report.open() || !status.open() || !identity.open()) {
        const int errnum = errno;
        ::close(log);
        return fail(Error::fromErrno(errnum, QStringLiteral("Cannot make a pipe")));
    }

    const pid_t child = ::fork();
    if (child == 0) {
        ::setsid();
        const pid_t grandchild = ::fork();
        if (grandchild == 0)
            executeGrandchild(argv.data(), log, report.write, status.write);
        const qint64 pid = grandchild;
        [[maybe_unused]] const ssize_t written = ::write(identity.write, &pid, sizeof pid);
        ::_exit(0);
    }
    const int forkError = errno;
    ::close(log);
    report.closeWrite();
    status.closeWrite();
    identity.closeWrite();
    if (child < 0)
        return fail(Error::fromErrno(forkError, QStringLiteral("Cannot start %1").arg(program)));
    ::waitpid(child, nullptr, 0);

    qint64 pid = -1;
    ExecReport outcome;
    if (!readWhole(identity.read, pid) || pid < 0)
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot start %1: the system allows no more processes").arg(program));
    if (readWhole(status.read, outcome) && outcome.errnum != 0)
        return fail(Error::fromErrno(outcome.errnum, QStringLiteral("Cannot start %1").arg(program)));
    ::fcntl(report.read, F_SETFL, O_NONBLOCK);
    return DetachedProcess{pid, std::exchange(report.read, -1)};
}

} // namespace boxgate
