#include "core/base/detachedprocess.h"

#include <QFile>
#include <QSocketNotifier>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace boxgate;

namespace {

QByteArray readReport(int descriptor)
{
    QByteArray report;
    const bool ended = QTest::qWaitFor(
        [&] {
            char buffer[256];
            const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
            if (got > 0)
                report.append(buffer, got);
            return got == 0;
        },
        5000);
    ::close(descriptor);
    return ended ? report : QByteArray("the pipe did not end");
}

} // namespace

class TestDetachedProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theReportArrives()
    {
        QTemporaryDir folder;
        const auto process =
            DetachedProcess::start("/bin/sh", {"-c", "echo logged; echo ready >&3"}, folder.filePath("log"));
        QVERIFY(process);
        QVERIFY(process->pid > 0);
        QCOMPARE(readReport(process->reportDescriptor), "ready\n");
        QFile log(folder.filePath("log"));
        QVERIFY(log.open(QIODevice::ReadOnly));
        QCOMPARE(log.readAll(), "logged\n");
    }

    void aDeathWithoutAReportIsTheEndOfThePipe()
    {
        QTemporaryDir folder;
        const auto process = DetachedProcess::start("/bin/sh", {"-c", "kill -9 $$"}, folder.filePath("log"));
        QVERIFY(process);
        QCOMPARE(readReport(process->reportDescriptor), "");
    }

    void itIsInASessionOfItsOwnWithNothingInherited()
    {
        QTemporaryDir folder;
        int leak[2];
        QCOMPARE(::pipe(leak), 0); // not close-on-exec
        const auto process = DetachedProcess::start(
            "/bin/sh",
            {"-c", "ls /proc/self/fd | tr '\\n' ' ' >&3; cut -d' ' -f6 /proc/$$/stat >&3; exec 3>&-"},
            folder.filePath("log"));
        QVERIFY(process);
        const QByteArray report = readReport(process->reportDescriptor);
        ::close(leak[0]);
        ::close(leak[1]);
        // ls has the directory itself open as one more descriptor.
        QVERIFY2(report.startsWith("0 1 2 3 4 "), report.constData());
        QVERIFY2(!report.startsWith("0 1 2 3 4 5 "), report.constData());
        const qint64 session = report.trimmed().split(' ').last().toLongLong();
        QVERIFY(session > 0);
        QVERIFY(session != ::getsid(0));
    }

    void aProgramThatIsNotThereIsSaid()
    {
        QTemporaryDir folder;
        const auto process = DetachedProcess::start("/nonexistent/program", {}, folder.filePath("log"));
        QVERIFY(!process);
        QVERIFY(process.error().code == ErrorCode::NotFound);
        QVERIFY(process.error().message.contains("/nonexistent/program"));
    }
};

QTEST_GUILESS_MAIN(TestDetachedProcess)
#include "tst_detachedprocess.moc"
