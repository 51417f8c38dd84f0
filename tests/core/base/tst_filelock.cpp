#include "core/base/filelock.h"
#include "core/base/lockholder.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace boxgate;

class TestFileLock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isHeldIsFalseWithoutAFile()
    {
        QTemporaryDir folder;
        QVERIFY(!FileLock::isHeld(folder.filePath("lock")));
    }

    void aSecondHolderInTheSameProcessIsRefused()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        const auto first = FileLock::acquire(path);
        QVERIFY(first);
        const auto second = FileLock::acquire(path);
        QVERIFY(!second);
        QVERIFY(second.error().code == ErrorCode::Conflict);
        QVERIFY(FileLock::isHeld(path));
    }

    void theLockGoesWithItsHolder()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        {
            const auto held = FileLock::acquire(path);
            QVERIFY(held);
        }
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY(FileLock::acquire(path));
    }

    void askingDoesNotTakeIt()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        {
            const auto made = FileLock::acquire(path);
            QVERIFY(made);
        }
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY(FileLock::acquire(path));
    }

    void noticesThatItsFileWasRemoved()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        const auto held = FileLock::acquire(path);
        QVERIFY(held);
        QVERIFY(!held->isRemoved());
        QVERIFY(QFile::remove(path));
        QVERIFY(held->isRemoved());
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY2(FileLock::acquire(path), "another may take one of that name");
        QVERIFY(held->isRemoved());
    }

    void theKernelDropsTheLockOfAKilledProcess()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        QProcess holder;
        holder.start(QStringLiteral(LOCKHOLDER), {path});
        QVERIFY(holder.waitForReadyRead());
        QCOMPARE(holder.readAllStandardOutput().trimmed(), "held");
        QVERIFY(FileLock::isHeld(path));
        QVERIFY(!FileLock::acquire(path));
        holder.kill();
        QVERIFY(holder.waitForFinished());
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY(FileLock::acquire(path));
    }

    void killsTheHolderEvenWhenItIsFrozen()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        QProcess holder;
        holder.start(QStringLiteral(LOCKHOLDER), {path});
        QVERIFY(holder.waitForReadyRead());
        QCOMPARE(::kill(pid_t(holder.processId()), SIGSTOP), 0);
        const Result<qint64> killed = killLockHolder(path);
        QVERIFY(killed);
        QCOMPARE(*killed, holder.processId());
        QVERIFY(holder.waitForFinished());
        QCOMPARE(holder.exitStatus(), QProcess::CrashExit);
        QVERIFY(!FileLock::isHeld(path));
    }

    void killsNobodyElse()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        QVERIFY(killLockHolder(path).error().code == ErrorCode::NotFound);
        // One that only has the file open, and this process itself, which holds the lock.
        QProcess reader;
        const auto held = FileLock::acquire(path);
        QVERIFY(held);
        reader.setStandardInputFile(path);
        reader.start(QStringLiteral("sleep"), {"1000"});
        QVERIFY(reader.waitForStarted());
        QVERIFY(killLockHolder(path).error().code == ErrorCode::NotFound);
        QCOMPARE(reader.state(), QProcess::Running);
        reader.kill();
        QVERIFY(reader.waitForFinished());
    }

    void aLockThatCannotBeOpenedSaysWhy()
    {
        const auto lock = FileLock::acquire(QStringLiteral("/nonexistent/folder/lock"));
        QVERIFY(!lock);
        QVERIFY(lock.error().code == ErrorCode::NotFound);
        QVERIFY(lock.error().message.contains("/nonexistent/folder/lock"));
    }
};

QTEST_GUILESS_MAIN(TestFileLock)
#include "tst_filelock.moc"
