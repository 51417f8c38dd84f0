#include "core/client/boxtransfer.h"

#include "core/machine/disklayers.h"
#include "core/machine/overlaydisk.h"

#include <QTest>

#include <QCoroTask>
#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTemporaryFile>

#include <unistd.h>

using namespace boxgate;

namespace {

constexpr Bytes DiskSize = Bytes::fromMebi(256);

QString run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    process.waitForFinished(60'000);
    return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError());
}

} // namespace

/// Disks of boxes that do not run, with real qcow2 files and no guest.
class TestBoxDisks : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::optional<Paths> m_paths;
    std::unique_ptr<BoxStore> m_store;
    std::unique_ptr<BoxOperations> m_operations;
    std::unique_ptr<BoxDisks> m_disks;
    BoxId m_box;

    QString file(const BoxId &id, const QString &name = QStringLiteral("disk.qcow2")) const
    {
        return m_paths->boxDirectory(id.toString()) + '/' + name;
    }

    /// As a guest would: one MiB of this byte at this MiB.
    void write(const BoxId &id, int byte, int mebi)
    {
        const QString out =
            run("qemu-io",
                {"-f", "qcow2", "-c", QStringLiteral("write -P %1 %2M 1M").arg(byte).arg(mebi), file(id)});
        QVERIFY2(out.contains("wrote 1048576"), qPrintable(out));
    }

    bool holds(const BoxId &id, int byte, int mebi, const QString &name = QStringLiteral("disk.qcow2"))
    {
        const QString out = run("qemu-io",
                                {"-r", "-f", "qcow2", "-c",
                                 QStringLiteral("read -P %1 %2M 1M").arg(byte).arg(mebi), file(id, name)});
        return out.contains("read 1048576") && !out.contains("verification failed");
    }

    QStringList layers(const BoxId &id) const
    {
        return QDir(m_paths->boxDirectory(id.toString())).entryList({"layer-*"}, QDir::Files);
    }

    template <typename T> Result<T> wait(Async<T> task) { return QCoro::waitFor(std::move(task)); }

    static QString said(const Error &error) { return error.message; }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>(QStringLiteral("/tmp/bgd-XXXXXX"));
        m_paths = *Paths::locate(m_folder->path());
        QVERIFY(m_paths->prepare());
        m_store = std::move(*BoxStore::open(m_paths->database()));
        m_operations = std::make_unique<BoxOperations>(*m_paths, m_store.get());
        m_disks = std::make_unique<BoxDisks>(*m_paths, m_store.get(), m_operations.get());
        QFile base(m_folder->filePath("base.ext4"));
        QVERIFY(base.open(QIODevice::WriteOnly) && base.resize(64 << 20));
        BoxSpec spec;
        spec.name = "web";
        spec.image = *ImageRef::parse("builtin/busybox");
        spec.disk = DiskSize;
        m_box = BoxId::random();
        QVERIFY(QDir().mkdir(m_paths->boxDirectory(m_box.toString())));
        QVERIFY(m_store->insert(m_box, spec, QDateTime::currentDateTimeUtc()));
        const OverlayRequest request{base.fileName(), file(m_box), DiskSize};
        QVERIFY(wait(createOverlay(request)));
        BoxImage image;
        image.config.entrypoint = {"serve"};
        QVERIFY(image.write(m_paths->boxImage(m_box.toString())));
        write(m_box, 1, 0);
    }

    void aSnapshotComesBack()
    {
        QCOMPARE(wait(m_disks->createSnapshot(m_box, {}))->name, "s1");
        write(m_box, 2, 0);
        QCOMPARE(wait(m_disks->createSnapshot(m_box, "two"))->name, "two");
        write(m_box, 3, 0);
        const Result<QList<SnapshotSummary>> list = m_disks->snapshots(m_box);
        QCOMPARE(list->size(), 2);
        QVERIFY(list->first().size >= Bytes::fromMebi(1) && list->first().snapshot.spec.name == "web");
        QVERIFY(wait(m_disks->restore(m_box, "s1")));
        QVERIFY(holds(m_box, 1, 0));
        QVERIFY(wait(m_disks->restore(m_box, "two")));
        QVERIFY(holds(m_box, 2, 0));
        QVERIFY2(!holds(m_box, 3, 0), "a control");
        QCOMPARE(layers(m_box).size(), 2);
    }

    void removingChangesNothingElse_data()
    {
        QTest::addColumn<QStringList>("order");
        QTest::newRow("oldest first") << QStringList{"a", "b", "c"};
        QTest::newRow("latest first") << QStringList{"c", "b", "a"};
        QTest::newRow("from the middle") << QStringList{"b", "a", "c"};
    }

    void removingChangesNothingElse()
    {
        QFETCH(QStringList, order);
        const QStringList names{"a", "b", "c"};
        for (int i = 0; i < 3; ++i) {
            write(m_box, 10 + i, 10 + i);
            QVERIFY(wait(m_disks->createSnapshot(m_box, names[i])));
        }
        write(m_box, 20, 20);
        for (const QString &name : order) {
            const Result<void> removed = wait(m_disks->removeSnapshot(m_box, name));
            QVERIFY2(removed, removed ? "" : qPrintable(said(removed.error())));
            for (int i = 0; i < 3; ++i)
                QVERIFY(holds(m_box, 10 + i, 10 + i));
            QVERIFY(holds(m_box, 1, 0) && holds(m_box, 20, 20) && holds(m_box, 0, 30));
        }
        QVERIFY(m_disks->snapshots(m_box)->isEmpty());
        QCOMPARE(layers(m_box), QStringList());
        QVERIFY(run("qemu-img", {"check", file(m_box)}).contains("No errors"));
    }

    void aCloneAndItsOriginalGoTheirOwnWays()
    {
        QVERIFY(wait(m_disks->createSnapshot(m_box, "clean")));
        write(m_box, 2, 0);
        const BoxId now = wait(m_disks->clone(m_box, "now", {})).value();
        const BoxId then = wait(m_disks->clone(m_box, "then", "clean")).value();
        QVERIFY(holds(now, 2, 0) && holds(then, 1, 0));
        write(now, 5, 5);
        write(m_box, 6, 6);
        QVERIFY(holds(m_box, 0, 5) && holds(now, 0, 6));
        QVERIFY(wait(m_disks->removeSnapshot(m_box, "clean")));
        QVERIFY(holds(then, 1, 0) && holds(now, 2, 0) && holds(m_box, 2, 0));
        QVERIFY(wait(m_operations->remove(m_box, RemoveMode::OnlyStopped)));
        QVERIFY(holds(then, 1, 0) && holds(now, 2, 0) && holds(now, 5, 5));
        QCOMPARE(m_store->find(now)->spec.name, "now");
        QVERIFY(BoxImage::read(m_paths->boxImage(now.toString()))->config.entrypoint == QStringList{"serve"});
    }

    void manyClonesOfAnIdleBoxAddNoLayer()
    {
        for (int i = 0; i < 5; ++i)
            QVERIFY(wait(m_disks->clone(m_box, QStringLiteral("c%1").arg(i), {})));
        QCOMPARE(layersBelow(m_paths->boxDirectory(m_box.toString()), "disk.qcow2")->size(), 1);
    }

    void layersStayBounded()
    {
        for (int i = 0; i < MaxLayers + 3; ++i) {
            write(m_box, 100 + i, 1 + i);
            const Result<BoxId> made = wait(m_disks->clone(m_box, QStringLiteral("c%1").arg(i), {}));
            QVERIFY2(made, made ? "" : qPrintable(said(made.error())));
        }
        QVERIFY(layersBelow(m_paths->boxDirectory(m_box.toString()), "disk.qcow2")->size() <= MaxLayers);
        for (int i = 0; i < MaxLayers + 3; ++i)
            QVERIFY(holds(m_box, 100 + i, 1 + i));
    }

    void aBoxThatRunsIsLeftAlone_data()
    {
        QTest::addColumn<bool>("runs");
        QTest::addColumn<QString>("says");
        QTest::newRow("it runs") << true << "'boxgate stop web' comes first";
        QTest::newRow("its disk is in use") << false << "try again";
    }

    void aBoxThatRunsIsLeftAlone()
    {
        QFETCH(bool, runs);
        QFETCH(QString, says);
        QVERIFY(wait(m_disks->createSnapshot(m_box, "s")));
        const QString lock =
            runs ? m_paths->boxLock(m_box.toString()) : m_paths->boxDiskLock(m_box.toString());
        const Result<FileLock> held = FileLock::acquire(lock);
        QVERIFY(held);
        QStringList errors{said(wait(m_disks->createSnapshot(m_box, "x")).error()),
                           said(wait(m_disks->restore(m_box, "s")).error()),
                           said(wait(m_disks->removeSnapshot(m_box, "s")).error()),
                           said(wait(m_disks->clone(m_box, "x", {})).error())};
        for (const QString &error : std::as_const(errors))
            QVERIFY2(error.contains(says), qPrintable(error));
    }

    void whatADeadProcessLeftIsRemoved()
    {
        // It was killed between the link and the rename of a snapshot.
        QVERIFY(QFile::exists(file(m_box)));
        QVERIFY(::link(qPrintable(file(m_box)), qPrintable(file(m_box, "layer-dead.qcow2"))) == 0);
        QFile part(file(m_box, "disk.qcow2.part"));
        QVERIFY(part.open(QIODevice::WriteOnly));
        QVERIFY(wait(m_disks->createSnapshot(m_box, "s")));
        QCOMPARE(layers(m_box).size(), 1);
        QVERIFY(!part.exists());
        QVERIFY(holds(m_box, 1, 0));
    }

    void sentencesSayTheNextStep()
    {
        QVERIFY(wait(m_disks->createSnapshot(m_box, "s")));
        QVERIFY(said(wait(m_disks->createSnapshot(m_box, "s")).error()).contains("already"));
        QVERIFY(said(wait(m_disks->createSnapshot(m_box, "../x")).error()).contains("no name"));
        QVERIFY(said(wait(m_disks->restore(m_box, "t")).error()).contains("'boxgate snapshot ls web'"));
        QVERIFY(said(wait(m_disks->clone(m_box, "web", {})).error()).contains("already"));
        QFile::remove(file(m_box));
        QVERIFY(said(wait(m_disks->createSnapshot(m_box, "n")).error()).contains("'boxgate start web'"));
    }

    void anExportedBoxIsWholeElsewhere()
    {
        write(m_box, 7, 200);
        QTemporaryFile archive;
        QVERIFY(archive.open());
        BoxTransfer transfer(*m_paths, m_store.get(), m_operations.get(), m_disks.get());
        const auto out = std::make_shared<TransferCount>();
        const Result<void> written = wait(transfer.exportBox(m_box, {}, archive.handle(), out));
        QVERIFY2(written, written ? "" : qPrintable(said(written.error())));
        QVERIFY2(archive.size() < 1 << 20, "zeros take no space");
        QVERIFY(out->done == out->total && out->total > 0);
        QVERIFY(wait(m_operations->remove(m_box, RemoveMode::OnlyStopped)));
        QFile::remove(m_folder->filePath("base.ext4"));
        archive.seek(0);
        const auto in = std::make_shared<TransferCount>();
        const Result<ImportedBox> made =
            wait(transfer.importBox(archive.handle(), {}, ImportTrust::Nothing, in));
        QVERIFY2(made, made ? "" : qPrintable(said(made.error())));
        QCOMPARE(made->name, "web");
        QVERIFY(holds(made->id, 1, 0) && holds(made->id, 7, 200) && holds(made->id, 0, 100));
        QVERIFY(BoxImage::read(m_paths->boxImage(made->id.toString()))->config.entrypoint
                == QStringList{"serve"});
        const QString raw = file(made->id, layers(made->id).value(0));
        QVERIFY(run("du", {"-k", raw}).section('\t', 0, 0).toInt() < 16 * 1024);
        // It can be snapshotted, cloned and exported as any other.
        QVERIFY(wait(m_disks->createSnapshot(made->id, "s")));
        const BoxId clone = wait(m_disks->clone(made->id, "again", {})).value();
        QVERIFY(wait(m_operations->remove(made->id, RemoveMode::OnlyStopped)));
        QVERIFY(holds(clone, 7, 200));
    }

    void aDamagedExportLeavesNothing_data()
    {
        QTest::addColumn<QString>("damage"); // sh; $1 the file
        QTest::newRow("cut off in the middle") << "truncate -s -40000 \"$1\"";
        QTest::newRow("cut off before the end") << "truncate -s -200 \"$1\"";
        QTest::newRow("a byte of the disk")
            << "zstd -qdc \"$1\" >\"$1.t\"; printf X | dd of=\"$1.t\" bs=1 seek=100000"
               " conv=notrunc 2>/dev/null; zstd -qc \"$1.t\" >\"$1\"";
        QTest::newRow("another part")
            << "mkdir \"$1.d\"; cd \"$1.d\"; zstd -qdc \"$1\" | tar x; mv disk/0* disk/x;"
               "tar c box.json disk/x end.json | zstd -qc >\"$1\"";
        QTest::newRow("a link as the disk")
            << "mkdir \"$1.d\"; cd \"$1.d\"; zstd -qdc \"$1\" | tar x; ln -sf /etc/passwd"
               " disk/0000000000000000; tar c box.json disk/0000000000000000 end.json |"
               " zstd -qc >\"$1\"";
        QTest::newRow("not first")
            << "mkdir \"$1.d\"; cd \"$1.d\"; zstd -qdc \"$1\" | tar x; tar c end.json box.json |"
               " zstd -qc >\"$1\"";
        QTest::newRow("no end")
            << "mkdir \"$1.d\"; cd \"$1.d\"; zstd -qdc \"$1\" | tar x; tar c box.json disk |"
               " zstd -qc >\"$1\"";
        QTest::newRow("noise") << "head -c 100000 /dev/urandom >\"$1\"";
        QTest::newRow("nothing") << ": >\"$1\"";
    }

    void aDamagedExportLeavesNothing()
    {
        QFETCH(QString, damage);
        // What does not compress, so that the middle of the file is the middle of the disk.
        QVERIFY(run("sh",
                    {"-c",
                     QStringLiteral("head -c 300000 /dev/urandom >%1/noise; qemu-io -f qcow2 -c 'write -s "
                                    "%1/noise 0 256K' %2")
                         .arg(m_folder->path(), file(m_box))})
                    .contains("wrote"));
        QTemporaryFile archive;
        QVERIFY(archive.open());
        BoxTransfer transfer(*m_paths, m_store.get(), m_operations.get(), m_disks.get());
        QVERIFY(wait(transfer.exportBox(m_box, {}, archive.handle(), std::make_shared<TransferCount>())));
        run("sh", {"-c", damage, "sh", archive.fileName()});
        QFile damaged(archive.fileName());
        QVERIFY(damaged.open(QIODevice::ReadOnly));
        const Result<ImportedBox> made = wait(transfer.importBox(
            damaged.handle(), "new", ImportTrust::Nothing, std::make_shared<TransferCount>()));
        QVERIFY(!made);
        QVERIFY2(made.error().code == ErrorCode::Corrupt, qPrintable(said(made.error())));
        QCOMPARE(m_store->all()->size(), 1);
        QCOMPARE(QDir(m_folder->filePath("boxes"))
                     .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList{m_box.toString()});
        QDir(archive.fileName() + ".d").removeRecursively();
        QFile::remove(archive.fileName() + ".t");
    }

    void aCancelledTransferLeavesNothing()
    {
        QTemporaryFile archive;
        QVERIFY(archive.open());
        BoxTransfer transfer(*m_paths, m_store.get(), m_operations.get(), m_disks.get());
        const auto cancelled = std::make_shared<TransferCount>();
        cancelled->cancelled = true;
        QCOMPARE(int(wait(transfer.exportBox(m_box, {}, archive.handle(), cancelled)).error().code),
                 int(ErrorCode::Cancelled));
        QCOMPARE(
            int(wait(transfer.importBox(archive.handle(), {}, ImportTrust::Nothing, cancelled)).error().code),
            int(ErrorCode::Cancelled));
        QCOMPARE(m_store->all()->size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestBoxDisks)
#include "tst_boxdisks.moc"
