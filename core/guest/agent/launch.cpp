#include "core/guest/agent/launch.h"

#include "core/guest/agent/textfile.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>

namespace boxgate::agent {

namespace {

using Reason = guest::ExecFailed::Reason;

constexpr const char *DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr gid_t TtyGroup = 5; // as in every distribution and in our devpts options
constexpr rlim_t OpenFiles = 65536; // soft; the hard limit is the agent's own

/// The child's ends.
struct ChildEnds
{
    Descriptor input;
    Descriptor output;
    Descriptor error;
};

bool makePipe(Descriptor &reading, Descriptor &writing)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
    return true;
}

void makeNonBlocking(const Descriptor &descriptor)
{
    if (descriptor.isOpen())
        fcntl(descriptor.value(), F_SETFL, fcntl(descriptor.value(), F_GETFL) | O_NONBLOCK);
}

bool openTerminal(const guest::Exec &exec, Launched &ours, ChildEnds &child)
{
    Descriptor controller(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    int unlock = 0;
    if (!controller.isOpen() || ioctl(controller.value(), TIOCSPTLCK, &unlock) != 0)
        return false;
    child.input = Descriptor(ioctl(controller.value(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!child.input.isOpen())
        return false;
    winsize size{};
    size.ws_row = exec.rows;
    size.ws_col = exec.columns;
    ioctl(controller.value(), TIOCSWINSZ, &size);
    ours.input = Descriptor(fcntl(controller.value(), F_DUPFD_CLOEXEC, 0));
    ours.output = std::move(controller);
    return ours.input.isOpen();
}

bool openPipes(const guest::Exec &exec, Launched &ours, ChildEnds &child)
{
    if (exec.wantsStdin) {
        if (!makePipe(child.input, ours.input))
            return false;
    } else {
        child.input = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    return child.input.isOpen() && makePipe(ours.output, child.output) && makePipe(ours.error, child.error);
}

[[noreturn]] void giveUp(int report, LaunchFailure::Step step, int reason)
{
    const LaunchFailure failure{step, reason};
    [[maybe_unused]] const ssize_t sent = write(report, &failure, sizeof failure);
    _exit(127);
}

void resetSignals()
{
    // The agent handles none, so only what it ignores and blocks is to be undone.
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool becomeUser(const Identity &identity)
{
    return setgroups(identity.groups.size(), identity.groups.data()) == 0
        && setresgid(identity.gid, identity.gid, identity.gid) == 0
        && setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

/// Tries the program in every folder of PATH. Returns the errno that says most.
int execInPath(const guest::Exec &exec, const std::vector<std::string> &environment, char **argv, char **envp)
{
    const std::string &program = exec.argv.front();
    if (program.find('/') != std::string::npos) {
        execve(program.c_str(), argv, envp);
        return errno;
    }
    std::string path = DefaultPath;
    for (const std::string &variable : environment) {
        if (variable.starts_with("PATH="))
            path = variable.substr(5);
    }
    int reason = ENOENT;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        const std::string folder = end == begin ? "." : path.substr(begin, end - begin);
        execve((folder + "/" + program).c_str(), argv, envp);
        // Not here is the least of reasons; what is here but must not run says more, and a later folder may
        // still have it.
        if (errno != ENOENT && errno != ENOTDIR)
            reason = errno;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            break;
        begin = end + 1;
    }
    return reason;
}

std::vector<char *> pointers(const std::vector<std::string> &strings)
{
    std::vector<char *> list;
    list.reserve(strings.size() + 1);
    for (const std::string &text : strings)
        list.push_back(const_cast<char *>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

[[noreturn]] void becomeCommand(const guest::Exec &exec, const Identity &identity,
                                const std::vector<std::string> &environment, const ChildEnds &ends,
                                int report)
{
    resetSignals();
    setsid();
    const int input = ends.input.value();
    if (exec.tty) {
        if (ioctl(input, TIOCSCTTY, 0) != 0)
            giveUp(report, LaunchFailure::Terminal, errno);
        [[maybe_unused]] const int kept = fchown(input, identity.uid, TtyGroup);
    }
    if (dup2(input, 0) < 0 || dup2(exec.tty ? input : ends.output.value(), 1) < 0
        || dup2(exec.tty ? input : ends.error.value(), 2) < 0)
        giveUp(report, LaunchFailure::Terminal, errno);
    writeTextFile("/proc/self/oom_score_adj", "0"); // the agent's own protection is not inherited
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min(OpenFiles, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
    std::vector<char *> argv = pointers(exec.argv);
    std::vector<char *> envp = pointers(environment);
    if (!becomeUser(identity))
        giveUp(report, LaunchFailure::Credentials, errno);
    if (chdir(exec.workingDirectory.empty() ? "/" : exec.workingDirectory.c_str()) != 0)
        giveUp(report, LaunchFailure::Directory, errno);
    giveUp(report, LaunchFailure::Program, execInPath(exec, environment, argv.data(), envp.data()));
}

/// Forks a process with the streams that exec asks for; child never returns.
std::optional<Launched> forkWith(const guest::Exec &exec, guest::ExecFailed &failure,
                                 const std::function<void(const ChildEnds &, int report)> &child)
{
    const auto fail = [&failure](Reason reason, const char *what) {
        failure = guest::ExecFailed{reason, std::string(what) + ": " + strerror(errno)};
        return std::nullopt;
    };
    Launched ours;
    ChildEnds ends;
    Descriptor report;
    if (!(exec.tty ? openTerminal(exec, ours, ends) : openPipes(exec, ours, ends))
        || !makePipe(ours.report, report))
        return fail(Reason::Internal, "cannot make the command's pipes");
    ours.pid = fork();
    if (ours.pid == 0)
        child(ends, report.value());
    if (ours.pid < 0)
        return fail(errno == EAGAIN ? Reason::TooMany : Reason::Internal, "cannot start another process");
    makeNonBlocking(ours.input);
    makeNonBlocking(ours.output);
    makeNonBlocking(ours.error);
    makeNonBlocking(ours.report);
    return ours;
}

} // namespace

std::vector<std::string> completeEnvironment(const guest::Exec &exec, const Identity &identity)
{
    std::vector<std::string> environment = exec.env;
    const auto addMissing = [&environment](const std::string &name, const std::string &value) {
        for (const std::string &variable : environment) {
            if (variable.starts_with(name + "="))
                return;
        }
        environment.push_back(name + "=" + value);
    };
    addMissing("PATH", DefaultPath);
    addMissing("HOME", identity.home);
    if (!identity.name.empty())
        addMissing("USER", identity.name);
    if (exec.tty)
        addMissing("TERM", "xterm-256color");
    return environment;
}

std::optional<Launched> launch(const guest::Exec &exec, guest::ExecFailed &failure)
{
    const auto fail = [&failure](Reason reason, std::string message) {
        failure = guest::ExecFailed{reason, std::move(message)};
        return std::nullopt;
    };
    if (exec.argv.empty() || exec.argv.front().empty())
        return fail(Reason::NotFound, "the command is empty");
    const IdentityLookup user = resolveIdentity(exec.user, readTextFile("/etc/passwd", MaxAccountFileBytes),
                                                readTextFile("/etc/group", MaxAccountFileBytes));
    if (!user.problem.empty())
        return fail(Reason::NoSuchUser, user.problem);

    const std::vector<std::string> environment = completeEnvironment(exec, user.identity);
    return forkWith(exec, failure, [&](const ChildEnds &ends, int report) {
        becomeCommand(exec, user.identity, environment, ends, report);
    });
}

std::optional<Launched> launchChild(const guest::Exec &streams, guest::ExecFailed &failure,
                                    const std::function<void()> &work)
{
    return forkWith(streams, failure, [&work](const ChildEnds &ends, int report) {
        resetSignals();
        setsid();
        if (dup2(ends.input.value(), 0) < 0 || dup2(ends.output.value(), 1) < 0
            || dup2(ends.error.value(), 2) < 0)
            giveUp(report, LaunchFailure::Terminal, errno);
        writeTextFile("/proc/self/oom_score_adj", "0");
        // Nothing is executed, so nothing closes the agent's port and the pipes of commands by itself.
        close_range(3, ~0u, 0);
        work();
    });
}

guest::ExecFailed explain(const guest::Exec &exec, const LaunchFailure &failure)
{
    const std::string why = strerror(failure.reason);
    switch (failure.step) {
    case LaunchFailure::Directory:
        return {Reason::NoSuchDirectory,
                "cannot enter the directory '" + exec.workingDirectory + "': " + why};
    case LaunchFailure::Credentials:
        return {Reason::NoSuchUser, "cannot become the user '" + exec.user + "': " + why};
    case LaunchFailure::Program: {
        const bool missing = failure.reason == ENOENT || failure.reason == ENOTDIR;
        const std::string problem = missing ? "there is no program '" : "cannot run '";
        return {missing ? Reason::NotFound : Reason::NotExecutable,
                problem + exec.argv.front() + (missing ? "' in the box" : "': " + why)};
    }
    default:
        return {Reason::Internal, "cannot set up the command's terminal or pipes: " + why};
    }
}

} // namespace boxgate::agent
