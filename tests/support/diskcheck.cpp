#include "tests/support/diskcheck.h"

#include <QDirIterator>
#include <QProcess>

namespace boxgate::test {

QByteArray diskComplaints(const QString &file)
{
    // The administrators' programs are not in everybody's PATH.
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral("/sbin/e2fsck"), {QStringLiteral("-fn"), file});
    if (!process.waitForFinished(-1) || process.error() == QProcess::FailedToStart)
        return "e2fsck does not run: install e2fsprogs";
    return process.exitCode() == 0 ? QByteArray() : process.readAll();
}

void checkDisks(const QString &folder)
{
    QDirIterator files(folder, {QStringLiteral("*.ext4")}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString file = files.next();
        const QByteArray complaints = diskComplaints(file);
        if (!complaints.isEmpty())
            qFatal("%s: %s", qPrintable(file), complaints.constData());
    }
}

} // namespace boxgate::test
