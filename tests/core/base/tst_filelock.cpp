#include "core/base/filelock.h"
#include "core/base/lockholder.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <atomic>
#include <csignal>
#include <memory>

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

    void sharedHoldersKeepAnExclusiveOneOut()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        auto first = FileLock::acquire(path, FileLock::Mode::Shared);
        auto second = FileLock::acquire(path, FileLock::Mode::Shared);
        QVERIFY(first && second);
        QVERIFY(FileLock::isHeld(path));
        QVERIFY(FileLock::acquire(path).error().code == ErrorCode::Conflict);
        first = fail(ErrorCode::Internal, QString());
        QVERIFY(FileLock::acquire(path).error().code == ErrorCode::Conflict);
        second = fail(ErrorCode::Internal, QString());
        const auto exclusive = FileLock::acquire(path);
        QVERIFY(exclusive);
        QVERIFY(FileLock::acquire(path, FileLock::Mode::Shared).error().code == ErrorCode::Conflict);
    }

    void waitsUntilTheHolderIsGone()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        QProcess holder;
        holder.start(QStringLiteral(LOCKHOLDER), {path});
        QVERIFY(holder.waitForReadyRead());
        QVERIFY(!FileLock::acquire(path));
        const std::unique_ptr<QThread> killer(
            QThread::create([pid = holder.processId()] { ::kill(pid_t(pid), SIGKILL); }));
        killer->start();
        QVERIFY(FileLock::wait(path, FileLock::Mode::Exclusive, CancelToken()));
        QVERIFY(killer->wait());
        QVERIFY(holder.waitForFinished());
    }

    void waitingEndsWhenItIsCancelled()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        const auto held = FileLock::acquire(path);
        const CancelToken cancel;
        cancel.cancel();
        QVERIFY(FileLock::wait(path, FileLock::Mode::Shared, cancel).error().code == ErrorCode::Cancelled);
    }

    void waitingGoesOnWithTheNewFileOfARemovedLock()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("lock");
        auto held = FileLock::acquire(path);
        std::atomic<bool> hasWaited = false;
        Result<FileLock> waited = fail(ErrorCode::Internal, QString());
        const std::unique_ptr<QThread> waiter(QThread::create([&] {
            waited = FileLock::wait(path, FileLock::Mode::Exclusive, CancelToken());
            hasWaited = true;
        }));
        waiter->start();
        QVERIFY(!hasWaited);
        QVERIFY(QFile::remove(path));
        held = fail(ErrorCode::Internal, QString());
        QVERIFY(waiter->wait());
        QVERIFY(waited);
        QVERIFY(!waited->isRemoved());
        QVERIFY(FileLock::isHeld(path));
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
