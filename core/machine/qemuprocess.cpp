#include "core/machine/qemuprocess.h"

#include <QLoggingCategory>

#include <utility>

namespace boxgate {

Q_LOGGING_CATEGORY(logQemu, "boxgate.machine.qemu")

namespace {

constexpr qsizetype MaxErrorBytes = 16 * 1024;
constexpr qsizetype MaxMessageCharacters = 300;
/// QEMU ends within milliseconds of SIGKILL, unless a disk of the host hangs.
constexpr int KillWaitMilliseconds = 3000;

QString withoutProgramName(const QString &line)
{
    if (!line.startsWith(QLatin1String("qemu")))
        return line;
    const qsizetype colon = line.indexOf(QLatin1String(": "));
    return colon < 0 ? line : line.mid(colon + 2);
}

} // namespace

QString lastQemuMessage(const QByteArray &errorOutput)
{
    QString last;
    QString lastError;
    const QStringList lines = QString::fromLocal8Bit(errorOutput).split(QLatin1Char('\n'));
    for (const QString &raw : lines) {
        QString line = withoutProgramName(raw.trimmed());
        if (line.isEmpty() || line.startsWith(QLatin1String("warning:")))
            continue;
        if (line.startsWith(QLatin1String("error: ")))
            lastError = line.mid(7);
        last = line;
    }
    QString message = (lastError.isEmpty() ? last : lastError).left(MaxMessageCharacters);
    for (QChar &c : message) {
        if (!c.isPrint())
            c = QLatin1Char(' ');
    }
    return message;
}

QemuProcess::QemuProcess(QObject *parent)
    : QObject(parent)
{
    m_process.setStandardInputFile(QProcess::nullDevice());
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &QemuProcess::drainConsole);
    connect(&m_process, &QProcess::readyReadStandardError, this, &QemuProcess::drainErrors);
    connect(&m_process, &QProcess::finished, this, &QemuProcess::finish);
}

QemuProcess::~QemuProcess()
{
    m_process.disconnect(this);
    if (isRunning()) {
        m_process.kill();
        m_process.waitForFinished(KillWaitMilliseconds);
    }
}

Result<void> QemuProcess::start(Launch launch)
{
    auto console = std::make_unique<ConsoleLog>(launch.consoleLog);
    const Result<void> opened = console->open();
    BOXGATE_TRY(opened);
    m_console = std::move(console);
    prepareChild(launch.descriptors);
    // The child has its copies once it runs; ours close when launch ends, so that QEMU's end is the only one.
    if (!spawn(launch)) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("Cannot start QEMU %1: %2").arg(launch.program, m_process.errorString()));
    }
    m_process.setChildProcessModifier({});
    qCInfo(logQemu).noquote() << "qemu" << m_process.processId()
                              << "started:" << launch.arguments.join(QLatin1Char(' '));
    return {};
}

bool QemuProcess::isRunning() const { return m_process.state() != QProcess::NotRunning; }

qint64 QemuProcess::pid() const { return m_process.processId(); }

void QemuProcess::kill() { m_process.kill(); }

QByteArray QemuProcess::consoleTail(qsizetype maxBytes) const
{
    return m_console ? m_console->tail(maxBytes) : QByteArray();
}

void QemuProcess::drainConsole() { m_console->append(m_process.readAllStandardOutput()); }

void QemuProcess::drainErrors()
{
    m_errorOutput.append(m_process.readAllStandardError());
    if (m_errorOutput.size() > MaxErrorBytes)
        m_errorOutput = m_errorOutput.right(MaxErrorBytes);
}

void QemuProcess::finish(int code, QProcess::ExitStatus status)
{
    drainConsole();
    drainErrors();
    QemuExit exit;
    // QProcess gives the signal as the exit code of a crash.
    (status == QProcess::CrashExit ? exit.signal : exit.code) = code;
    exit.message = lastQemuMessage(m_errorOutput);
    qCInfo(logQemu).noquote() << "qemu ended: exit" << exit.code << "signal" << exit.signal << exit.message;
    Q_EMIT ended(exit);
}

} // namespace boxgate
