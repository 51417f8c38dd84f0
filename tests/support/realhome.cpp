#include "tests/support/realhome.h"

#include "tests/support/diskcheck.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include <csignal>

namespace boxgate::test {

QByteArray Outcome::toBytes() const
{
    return "exit " + QByteArray::number(exitCode) + "\nout: " + out.left(2000) + "\nerr: " + err.left(2000);
}

// A short place: a socket's path has 107 bytes.
RealHome::RealHome()
    : m_folder(QStringLiteral("/tmp/bgt-XXXXXX"))
{ }

RealHome::~RealHome()
{
    const Outcome boxes = boxgate({"ps", "-aq"});
    for (const QByteArray &box : boxes.out.split('\n')) {
        if (!box.isEmpty())
            boxgate({"rm", "-f", QString::fromUtf8(box)});
    }
    for (const qint64 pid : processes())
        ::kill(pid_t(pid), SIGKILL);
    checkDisks(path() + QStringLiteral("/cache/rootdisks"));
}

QString RealHome::program(const QString &name) { return QStringLiteral(BOXGATE_BIN_DIR "/") + name; }

QProcessEnvironment RealHome::environment() const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("BOXGATE_HOME"), path());
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    environment.insert(QStringLiteral("QT_QUICK_BACKEND"), QStringLiteral("software"));
    return environment;
}

std::unique_ptr<QProcess> RealHome::start(const QStringList &arguments, const QString &program) const
{
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment());
    process->start(RealHome::program(program), arguments);
    process->waitForStarted();
    return process;
}

Outcome RealHome::boxgate(const QStringList &arguments, const QByteArray &input,
                          std::chrono::milliseconds limit) const
{
    const auto process = start(arguments);
    process->write(input);
    process->closeWriteChannel();
    Outcome outcome;
    if (process->waitForFinished(int(limit.count())) && process->exitStatus() == QProcess::NormalExit)
        outcome.exitCode = process->exitCode();
    else
        process->kill();
    outcome.out = process->readAllStandardOutput();
    outcome.err = process->readAllStandardError();
    return outcome;
}

QJsonObject RealHome::inspect(const QString &name) const
{
    const QJsonDocument document = QJsonDocument::fromJson(boxgate({"inspect", name}).out);
    return document.isArray() ? document.array().first().toObject() : document.object();
}

QString RealHome::state(const QString &name) const
{
    return inspect(name).value(QStringLiteral("state")).toString();
}

QList<qint64> RealHome::processes(const QString &program) const
{
    QList<qint64> found;
    const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &entry : entries) {
        const qint64 pid = entry.toLongLong();
        QFile commandLine(QStringLiteral("/proc/%1/cmdline").arg(pid));
        if (pid <= 0 || !commandLine.open(QIODevice::ReadOnly))
            continue;
        const QByteArray words = commandLine.readAll();
        const QString name = QFileInfo(QString::fromLocal8Bit(words.split('\0').first())).fileName();
        if (words.contains(path().toLocal8Bit()) && (program.isEmpty() || name.startsWith(program))
            && isAlive(pid))
            found.append(pid);
    }
    return found;
}

bool isAlive(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QByteArray fields = status.readAll();
    const QByteArray state = fields.mid(fields.lastIndexOf(')') + 2, 1);
    return state != "Z" && state != "X";
}

} // namespace boxgate::test
