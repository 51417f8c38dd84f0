#pragma once

#include "core/base/descriptor.h"
#include "core/machine/consolelog.h"

#include <QObject>
#include <QProcess>

#include <memory>
#include <vector>

namespace boxgate {

/// How QEMU ended.
struct QemuExit
{
    int code = 0; ///< 0 with a signal
    int signal = 0; ///< what killed it, or 0
    QString message; ///< QEMU's last words on standard error, one line; empty when it said nothing

    bool isClean() const { return code == 0 && signal == 0; }
};

/// One running QEMU: starts it with descriptors at given numbers, keeps its console in a bounded log and the
/// end of its standard error for error sentences, and tells when it ended.
///
/// Thread: the main thread (PR_SET_PDEATHSIG fires when the *thread* that forked ends). Lifetime: QEMU is
/// killed with this object, and by the kernel when this process dies. Does not know what QEMU runs; see
/// MachinePlan.
class QemuProcess : public QObject
{
    Q_OBJECT

public:
    struct Inherited
    {
        Descriptor descriptor;
        int number = -1; ///< in the child, 3 and up
    };

    struct Launch
    {
        QString program;
        QStringList arguments;
        std::vector<Inherited> descriptors; ///< closed here once the child has them
        QString consoleLog; ///< path
    };

    explicit QemuProcess(QObject *parent = nullptr);
    ~QemuProcess() override;

    /// Starts QEMU, once per object. Blocks for the fork and exec only (a few ms).
    /// Errors   NotFound, Denied: the program cannot be executed; Io: the console log cannot be written
    Result<void> start(Launch launch);

    bool isRunning() const;
    qint64 pid() const;
    /// SIGKILL; ended() follows.
    void kill();

    /// The last lines of the guest's console, at most maxBytes, from the beginning of a line.
    QByteArray consoleTail(qsizetype maxBytes = 4096) const;
    /// The end of QEMU's standard error, at most 16 KiB.
    QByteArray errorOutput() const { return m_errorOutput; }

Q_SIGNALS:
    /// Once; the console log is complete by then.
    void ended(const boxgate::QemuExit &exit);

private:
    void prepareChild(const std::vector<Inherited> &descriptors);
    bool spawn(const Launch &launch);
    void drainConsole();
    void drainErrors();
    void finish(int code, QProcess::ExitStatus status);

    QProcess m_process;
    std::unique_ptr<ConsoleLog> m_console;
    QByteArray m_errorOutput;
};

/// QEMU's message for people from its standard error: the last line that is no warning, without the program's
/// name.
QString lastQemuMessage(const QByteArray &errorOutput);

} // namespace boxgate
