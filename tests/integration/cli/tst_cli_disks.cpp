#include "tests/support/diskcheck.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

#include <csignal>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");

qint64 allocated(const QString &file)
{
    struct stat info
    { };
    return ::stat(QFile::encodeName(file).constData(), &info) == 0 ? info.st_blocks * 512 : -1;
}

} // namespace

/// Disks of real boxes: their size, their space, their snapshots, and disks that are full.
class TestCliDisks : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;

    Outcome inBox(const QString &box, const QString &script) const
    {
        return m_home->boxgate({"exec", box, "sh", "-c", script});
    }

    QString disk(const QString &box) const
    {
        return m_home->path() + "/boxes/" + m_home->inspect(box).value("id").toString() + "/disk.qcow2";
    }

    /// What e2fsck says of a stopped box's file system, with all the layers below it; empty: it is sound.
    QByteArray complaints(const QString &box) const
    {
        const QString raw = m_home->path() + "/checked.raw";
        QProcess convert;
        convert.start("qemu-img", {"convert", "-O", "raw", disk(box), raw});
        if (!convert.waitForFinished(60'000) || convert.exitCode() != 0)
            return "qemu-img: " + convert.readAllStandardError();
        const QByteArray found = diskComplaints(raw);
        QFile::remove(raw);
        return found;
    }

private Q_SLOTS:
    void initTestCase() { m_home = std::make_unique<RealHome>(); }
    void cleanupTestCase() { m_home.reset(); }

    void theDiskHasItsSizeAndGivesSpaceBack()
    {
        const Outcome made = m_home->boxgate({"run", "-d", "--name", "work", "--disk", "3g", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        const qint64 kib = inBox("work", "df -k / | tail -1 | awk '{print $2}'").out.trimmed().toLongLong();
        QVERIFY2(kib > 2'600'000 && kib < 3'200'000, QByteArray::number(kib));
        const qint64 before = allocated(disk("work"));
        inBox("work", "dd if=/dev/urandom of=/f bs=1M count=200 2>/dev/null; sync");
        const qint64 full = allocated(disk("work"));
        QVERIFY2(full > before + (150 << 20), "a control");
        inBox("work", "rm /f; sync");
        QTRY_VERIFY_WITH_TIMEOUT(allocated(disk("work")) < before + (50 << 20), 30'000);
    }

    void aFullDiskIsAnErrorInTheBoxAlone()
    {
        const Outcome made = m_home->boxgate({"run", "-d", "--name", "small", "--disk", "128m", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        const Outcome filled =
            inBox("small", "dd if=/dev/zero of=/f bs=1M count=500; echo $?; rm /f; echo fine >/g && cat /g");
        QVERIFY2(filled.err.contains("No space left"), filled.toBytes());
        QVERIFY2(filled.out.contains("fine"), filled.toBytes());
        QCOMPARE(m_home->state("small"), "running");
        QCOMPARE(m_home->boxgate({"rm", "-f", "small"}).exitCode, 0);
    }

    void aFullHostStopsTheBoxUntilThereIsSpace()
    {
        // A small file system of the host's for the boxes alone.
        const RealHome home;
        QVERIFY(QDir().mkpath(home.path() + "/boxes"));
        const QByteArray place = QFile::encodeName(home.path() + "/boxes");
        if (::mount("tmpfs", place.constData(), "tmpfs", 0, "size=200m,mode=0700") != 0)
            QSKIP("Mounting needs root");
        struct Unmount
        {
            QByteArray place;
            ~Unmount() { ::umount2(place.constData(), MNT_DETACH); }
        } const unmount{place};
        const Outcome made = home.boxgate({"run", "-d", "--name", "b", "--disk", "2g", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        QFile ballast(home.path() + "/boxes/ballast");
        QVERIFY(ballast.open(QIODevice::WriteOnly));
        QVERIFY(ballast.write(QByteArray(100 << 20, 'x')) > 0 && ballast.flush());
        const auto writer =
            home.start({"exec", "b", "sh", "-c",
                        "dd if=/dev/urandom of=/f bs=1M count=120 2>/dev/null && sync && md5sum /f"});
        QTRY_VERIFY_WITH_TIMEOUT(!home.inspect("b").value("problem").toString().isEmpty(), 60'000);
        QVERIFY(home.inspect("b").value("problem").toString().contains("disk of this host is full"));
        QVERIFY(home.boxgate({"ps"}).out.contains("running (waits)"));
        QCOMPARE(home.state("b"), "running");
        ballast.close();
        QVERIFY(ballast.remove());
        QTRY_COMPARE_WITH_TIMEOUT(writer->state(), QProcess::NotRunning, 60'000);
        QCOMPARE(writer->exitCode(), 0);
        const QByteArray sum = writer->readAllStandardOutput();
        QCOMPARE(home.inspect("b").value("problem").toString(), QString());
        QCOMPARE(home.boxgate({"exec", "b", "sh", "-c", "echo 3 >/proc/sys/vm/drop_caches; md5sum /f"}).out,
                 sum);
        QCOMPARE(home.boxgate({"stop", "b"}).exitCode, 0);
        QCOMPARE(home.boxgate({"start", "b"}).exitCode, 0);
        QCOMPARE(home.boxgate({"exec", "b", "md5sum", "/f"}).out, sum);
        QCOMPARE(home.boxgate({"rm", "-f", "b"}).exitCode, 0);
    }

    void snapshotsClonesAndExportsBoot()
    {
        inBox("work", "echo one >/v; sync");
        const Outcome refused = m_home->boxgate({"snapshot", "create", "work"});
        QVERIFY2(refused.err.contains("'boxgate stop work' comes first"), refused.toBytes());
        QCOMPARE(m_home->boxgate({"stop", "work"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"snapshot", "create", "work", "clean"}).out, QByteArray("clean\n"));
        QCOMPARE(m_home->boxgate({"start", "work"}).exitCode, 0);
        QCOMPARE(inBox("work", "cat /v; echo two >/v").out, QByteArray("one\n"));
        QCOMPARE(m_home->boxgate({"stop", "work"}).exitCode, 0);
        QCOMPARE(complaints("work"), QByteArray());
        QCOMPARE(m_home->boxgate({"clone", "work", "twin"}).out, QByteArray("twin\n"));
        QCOMPARE(complaints("twin"), QByteArray());
        const QString file = m_home->path() + "/work.box";
        const Outcome exported = m_home->boxgate({"export", "--snapshot", "clean", "work", file});
        QVERIFY2(exported.exitCode == 0, exported.toBytes());
        QCOMPARE(m_home->boxgate({"snapshot", "restore", "work", "clean"}).exitCode, 0);
        const QJsonArray list =
            QJsonDocument::fromJson(m_home->boxgate({"snapshot", "ls", "--json", "work"}).out).array();
        QCOMPARE(list.size(), 1);
        QCOMPARE(list[0].toObject().value("spec").toObject().value("name").toString(), "work");
        for (const char *const box : {"work", "twin"}) {
            QCOMPARE(m_home->boxgate({"start", box}).exitCode, 0);
            QCOMPARE(inBox(box, "cat /v").out,
                     box == QByteArray("work") ? QByteArray("one\n") : QByteArray("two\n"));
            QCOMPARE(m_home->boxgate({"rm", "-f", box}).exitCode, 0);
        }
        // Another machine: no cache, no image.
        const RealHome other;
        const Outcome imported = other.boxgate({"import", "--name", "moved", file});
        QVERIFY2(imported.exitCode == 0, imported.toBytes());
        QVERIFY2(imported.err.contains("host's loopback"), imported.toBytes());
        QCOMPARE(other.boxgate({"start", "moved"}).exitCode, 0);
        QCOMPARE(other.boxgate({"exec", "moved", "cat", "/v"}).out, QByteArray("one\n"));
        QCOMPARE(QDir(other.path() + "/cache/rootdisks").entryList({"*.ext4"}).size(), 0);
    }

    void aKillAtAnyMomentLeavesAWholeDisk()
    {
        QCOMPARE(
            m_home
                ->boxgate(
                    {"run", "--name", "killed", "--disk", "1g", Image, "sh", "-c",
                     "test -f /s && exec md5sum -c /s; dd if=/dev/urandom of=/f bs=1M count=30 2>/dev/null;"
                     "md5sum /f >/s"})
                .exitCode,
            0);
        QCOMPARE(m_home->boxgate({"snapshot", "create", "killed", "base"}).exitCode, 0);
        QRandomGenerator random(3);
        const QList<QStringList> verbs{{"snapshot", "create", "killed", "x"},
                                       {"snapshot", "restore", "killed", "base"},
                                       {"snapshot", "rm", "killed", "x"},
                                       {"clone", "killed"}};
        QList<int> whole; // how long each takes here, in milliseconds
        for (const QStringList &verb : verbs) {
            QElapsedTimer clock;
            clock.start();
            const Outcome done = m_home->boxgate(verb);
            QVERIFY2(done.exitCode == 0, done.toBytes());
            whole.append(int(clock.elapsed()));
        }
        int cut = 0;
        for (int i = 0; i < 20; ++i) {
            const std::unique_ptr<QProcess> process = m_home->start(verbs[i % verbs.size()]);
            if (!process->waitForFinished(random.bounded(1, whole[i % verbs.size()] + 1))) {
                process->kill();
                process->waitForFinished();
                ++cut;
            }
            QProcess check;
            check.start("qemu-img", {"check", "-q", disk("killed")});
            QVERIFY(check.waitForFinished(60'000));
            QVERIFY2(check.exitCode() == 0, check.readAllStandardError());
            QCOMPARE(m_home->boxgate({"snapshot", "ls", "killed"}).exitCode, 0);
        }
        QVERIFY2(cut > 3, "a control");
        QCOMPARE(m_home->boxgate({"snapshot", "restore", "killed", "base"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"clone", "killed", "kept"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"start", "kept"}).exitCode, 0);
        QTRY_COMPARE_WITH_TIMEOUT(m_home->state("kept"), QStringLiteral("stopped"), 60'000);
        QCOMPARE(m_home->boxgate({"logs", "kept"}).out, QByteArray("/f: OK\n"));
        QCOMPARE(complaints("killed"), QByteArray());
        QCOMPARE(complaints("kept"), QByteArray());
        QVERIFY(QDir(m_home->path() + "/boxes").entryList({".new-*"}, QDir::Dirs | QDir::Hidden).size()
                <= cut);
    }
};

QTEST_GUILESS_MAIN(TestCliDisks)
#include "tst_cli_disks.moc"
