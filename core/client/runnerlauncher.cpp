#include "core/client/runnerlauncher.h"

#include "core/base/descriptor.h"
#include "core/base/detachedprocess.h"
#include "core/base/pendingreply.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>

#include <array>
#include <unistd.h>

namespace boxgate {

namespace {

constexpr qsizetype MaxReportBytes = 64 * 1024;
/// One run writes some kilobytes, and of what its guest says at most 0.5 MiB.
constexpr qint64 MaxLogBytes = 1 << 20;

/// A log that has grown over many runs is begun anew; one older part is kept.
void rotateLog(const QString &path)
{
    const QString older = path + QStringLiteral(".1");
    if (QFileInfo(path).size() > MaxLogBytes && (QFile::remove(older) || !QFile::exists(older)))
        QFile::rename(path, older);
}

/// Collects what arrives on the report pipe until its end, or until a whole line is there.
class ReportReader
{
public:
    explicit ReportReader(int descriptor)
        : m_descriptor(descriptor)
        , m_notifier(descriptor, QSocketNotifier::Read)
        , m_reply(RunnerLauncher::ReportLimit,
                  Error{ErrorCode::Timeout, QStringLiteral("The box's runner did not report in time"), {}})
    {
        QObject::connect(&m_notifier, &QSocketNotifier::activated, &m_notifier, [this] { readMore(); });
    }

    const PendingReply<QByteArray> &reply() const { return m_reply; }

private:
    void readMore()
    {
        std::array<char, 4096> chunk;
        const ssize_t got = ::read(m_descriptor.number(), chunk.data(), chunk.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            m_report.append(chunk.data(), got);
        if (got > 0 && !m_report.contains('\n') && m_report.size() < MaxReportBytes)
            return;
        m_notifier.setEnabled(false);
        m_reply.deliver(m_report);
    }

    Descriptor m_descriptor;
    QSocketNotifier m_notifier;
    PendingReply<QByteArray> m_reply;
    QByteArray m_report;
};

} // namespace

Result<void> parseRunnerReport(const QByteArray &report)
{
    const QByteArray line = report.left(report.indexOf('\n')).trimmed();
    if (line.isEmpty())
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("The box's runner died at its start: see its log"));
    const QJsonDocument document = QJsonDocument::fromJson(line);
    const QJsonObject object = document.object();
    if (object.value(QLatin1String("ready")).toBool())
        return {};
    const QJsonObject error = object.value(QLatin1String("error")).toObject();
    const QString message = error.value(QLatin1String("message")).toString();
    if (message.isEmpty()) {
        return fail(ErrorCode::Protocol,
                    QStringLiteral("The box's runner reported nonsense: is it of this version?"),
                    QString::fromUtf8(line.left(200)));
    }
    return fail(errorCodeFromString(error.value(QLatin1String("code")).toString()), message,
                error.value(QLatin1String("detail")).toString());
}

QString RunnerLauncher::program()
{
    const QString chosen = QFile::decodeName(qgetenv("BOXGATE_RUNNER"));
    return chosen.isEmpty() ? QCoreApplication::applicationDirPath() + QStringLiteral("/boxgate-runner")
                            : chosen;
}

Async<qint64> RunnerLauncher::launch(BoxId id, MainCommandStart mainCommand) const
{
    const Paths paths = m_paths;
    QStringList arguments{QStringLiteral("--box"), id.toString()};
    if (!paths.home().isEmpty())
        arguments += {QStringLiteral("--home"), paths.home()};
    if (mainCommand == MainCommandStart::AfterAttach)
        arguments += QStringLiteral("--wait-attach");
    const QString log = paths.boxRunnerLog(id.toString());
    rotateLog(log);
    const Result<DetachedProcess> process = DetachedProcess::start(program(), arguments, log);
    BOXGATE_CO_TRY(process);
    const ReportReader reader(process->reportDescriptor);
    const PendingReply<QByteArray> reply = reader.reply();
    const Result<QByteArray> report = co_await reply;
    if (!report)
        process->kill();
    BOXGATE_CO_TRY(report);
    const Result<void> outcome = parseRunnerReport(*report);
    BOXGATE_CO_TRY(outcome);
    co_return process->pid;
}

} // namespace boxgate
