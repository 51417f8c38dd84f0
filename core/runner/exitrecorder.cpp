#include "core/runner/exitrecorder.h"

#include "core/store/exitrecordfile.h"

#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logExit, "boxgate.runner.exit")

} // namespace

ExitRecorder::ExitRecorder(const QString &path)
    : m_path(path)
{ }

Result<void> ExitRecorder::begin(const QDateTime &startedAt, Disk disk)
{
    m_startedAt = startedAt;
    m_disk = disk;
    return writeUnfinished();
}

void ExitRecorder::diskMade()
{
    if (m_disk == Disk::Present)
        return;
    m_disk = Disk::Present;
    const Result<void> written = writeUnfinished();
    if (!written)
        qCWarning(logExit) << written.error();
}

void ExitRecorder::finish(ExitRecord record)
{
    record.startedAt = m_startedAt;
    record.endedAt = QDateTime::currentDateTimeUtc();
    if (m_disk == Disk::Missing)
        record.stage = StartStage::Preparing;
    qCInfo(logExit).noquote()
        << QStringLiteral("exit status %1; %2").arg(record.exitCode).arg(record.message);
    const Result<void> written = writeExitRecord(m_path, record);
    if (!written)
        qCWarning(logExit) << written.error();
}

Result<void> ExitRecorder::writeUnfinished()
{
    ExitRecord record = ExitRecord::unfinished(m_startedAt);
    record.stage = m_disk == Disk::Present ? StartStage::Ready : StartStage::Preparing;
    return writeExitRecord(m_path, record);
}

} // namespace boxgate
