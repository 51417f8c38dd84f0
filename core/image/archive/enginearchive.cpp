#include "core/image/archive/enginearchive.h"

#include <QStandardPaths>

namespace boxgate {

namespace {

constexpr int StepMs = 1000;
constexpr qsizetype MaxErrorBytes = 4096;

} // namespace

QStringList engineSaveCommand(ContainerEngine engine, const QString &image)
{
    if (engine == ContainerEngine::Podman)
        return {QStringLiteral("podman"), QStringLiteral("save"), QStringLiteral("--format=docker-archive"),
                QStringLiteral("--"), image};
    return {QStringLiteral("docker"), QStringLiteral("save"), QStringLiteral("--"), image};
}

Result<void> EngineArchive::start(ContainerEngine engine, const QString &image)
{
    QStringList command = engineSaveCommand(engine, image);
    const QString name = command.takeFirst();
    const QString program = QStandardPaths::findExecutable(name);
    if (program.isEmpty()) {
        return fail(
            ErrorCode::NotFound,
            QStringLiteral("%1 was not found: it must be installed to get an image from it").arg(name));
    }
    m_process.setStandardInputFile(QProcess::nullDevice());
    m_process.start(program, command);
    if (!m_process.waitForStarted())
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("Cannot start %1: %2").arg(program, m_process.errorString()));
    return {};
}

EngineArchive::~EngineArchive()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

ByteSource EngineArchive::source()
{
    return [this](char *data, qint64 size) { return read(data, size); };
}

Result<qint64> EngineArchive::read(char *data, qint64 size)
{
    while (m_process.bytesAvailable() == 0 && m_process.state() != QProcess::NotRunning)
        m_process.waitForReadyRead(StepMs);
    // Only the last byte shows whether it was all: before the end of a failed one nothing is believed.
    if (m_process.bytesAvailable() == 0) {
        const Result<void> finished = finish();
        BOXGATE_TRY(finished);
        return 0;
    }
    return m_process.read(data, size);
}

Result<void> EngineArchive::finish()
{
    if (!m_process.waitForFinished(-1) && m_process.state() != QProcess::NotRunning)
        m_process.kill();
    if (m_process.exitStatus() == QProcess::NormalExit && m_process.exitCode() == 0)
        return {};
    const QString said =
        QString::fromLocal8Bit(m_process.readAllStandardError().right(MaxErrorBytes)).trimmed();
    return fail(ErrorCode::Unavailable,
                said.isEmpty() ? QStringLiteral("It ended without the image")
                               : said.section(QLatin1Char('\n'), -1));
}

} // namespace boxgate
