#include "core/image/store/diskbacking.h"
#include "core/image/store/imagegarbage.h"
#include "tests/core/image/store/storefixture.h"

#include <QTest>

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>

#include <atomic>
#include <memory>

using namespace boxgate;

namespace {

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!QDir().mkpath(QFileInfo(path).path()) || !file.open(QIODevice::WriteOnly)
        || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray qcow2On(const QByteArray &backing)
{
    QByteArray head(512, '\0');
    head.replace(0, 8, QByteArray("QFI\xfb\0\0\0\x03", 8));
    head[15] = 104;
    head[19] = char(backing.size());
    return head.replace(104, backing.size(), backing);
}

QString rootDiskOf(const Paths &paths, const StoredImage &image, const QString &suffix)
{
    return paths.rootDisks() + QLatin1Char('/') + image.manifest.digest.hex() + suffix;
}

QStringList blobs(const ImageStore &store)
{
    return QDir(store.directory() + QStringLiteral("/blobs/sha256")).entryList(QDir::Files, QDir::Name);
}

} // namespace

class TestImageGarbage : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_homes = 0;

    QString home() { return m_folder.filePath(QString::number(++m_homes)); }

private Q_SLOTS:
    void findsWhatADiskIsBasedOn_data();
    void findsWhatADiskIsBasedOn();
    void findsTheBackingOfARealDisk();
    void removesWhatNoNameLeadsTo();
    void keepsWhatABoxStandsOn_data();
    void keepsWhatABoxStandsOn();
    void keepsTheRootDisksOfBuiltinImages();
    void removesWhatBrokenWorkHasLeft();
    void touchesNothingWhenTheListIsDamaged();
    void waitsForWhoeverAdds();
    void losesNothingThatIsAddedMeanwhile();
};

void TestImageGarbage::findsWhatADiskIsBasedOn_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("backing");
    const QByteArray good = qcow2On("/x/y");
    QTest::newRow("a name") << good << QByteArray("/x/y");
    QTest::newRow("no disk") << QByteArray(512, 'x') << QByteArray();
    QTest::newRow("nothing") << QByteArray() << QByteArray();
    QTest::newRow("cut off in the header") << good.left(19) << QByteArray();
    QTest::newRow("cut off in the name") << good.left(106) << QByteArray();
    QTest::newRow("no backing file") << qcow2On({}) << QByteArray();
    QByteArray far = good;
    far.replace(8, 8, QByteArray(8, '\xff'));
    QTest::newRow("an offset out of this world") << far << QByteArray();
    QByteArray large = good;
    large.replace(16, 4, QByteArray(4, '\xff'));
    QTest::newRow("a name out of this world") << large << QByteArray();
}

void TestImageGarbage::findsWhatADiskIsBasedOn()
{
    QFETCH(const QByteArray, head);
    QFETCH(const QByteArray, backing);
    QCOMPARE(qcow2BackingFile(head).value_or(QByteArray()), backing);
}

void TestImageGarbage::findsTheBackingOfARealDisk()
{
    const QString folder = home();
    writeFile(folder + QStringLiteral("/base.ext4"), QByteArray(1 << 20, '\0'));
    QProcess qemu;
    qemu.start(QStringLiteral("qemu-img"),
               {"create", "-q", "-f", "qcow2", "-F", "raw", "-b", folder + QStringLiteral("/base.ext4"),
                folder + QStringLiteral("/disk.qcow2")});
    QVERIFY2(qemu.waitForStarted(), "qemu-img is missing");
    QVERIFY(qemu.waitForFinished());
    QFile disk(folder + QStringLiteral("/disk.qcow2"));
    QVERIFY(disk.open(QIODevice::ReadOnly));
    QCOMPARE(qcow2BackingFile(disk.read(Qcow2HeadBytes)),
             std::optional(QFile::encodeName(folder + QStringLiteral("/base.ext4"))));
}

void TestImageGarbage::removesWhatNoNameLeadsTo()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    const ImageGarbage garbage(paths, {});
    const StoredImage one = addImage(store, QStringLiteral("one"), {"base", "one"});
    QVERIFY(store.setName(one));
    const QStringList before = blobs(store);
    const StoredImage two = addImage(store, QStringLiteral("two"), {"base", "two"});
    QVERIFY(store.setName(two));
    writeFile(rootDiskOf(paths, one, QStringLiteral(".ext4")), "disk");
    writeFile(rootDiskOf(paths, two, QStringLiteral(".ext4")), "disk");
    writeFile(rootDiskOf(paths, two, QStringLiteral("-small.ext4")), "disk");
    QVERIFY(garbage.find()->files.isEmpty());
    QCOMPARE(garbage.find({two.ref})->files.size(), 5);
    QVERIFY(garbage.collect(CancelToken())->files.isEmpty());

    QVERIFY(store.removeName(two.ref));
    const auto removed = garbage.collect(CancelToken());
    QVERIFY(removed);
    QCOMPARE(removed->files.size(), 5); // manifest, configuration, its own layer, two disks
    QVERIFY(removed->bytes > Bytes());
    QCOMPARE(blobs(store), before);
    QVERIFY(store.setName(one));
    QCOMPARE(QDir(paths.rootDisks()).entryList(QDir::Files),
             QStringList{QFileInfo(rootDiskOf(paths, one, QStringLiteral(".ext4"))).fileName()});
}

void TestImageGarbage::keepsWhatABoxStandsOn_data()
{
    QTest::addColumn<QString>("disk");
    QTest::newRow("its disk") << QStringLiteral("0123456789ab/disk.qcow2");
    QTest::newRow("a snapshot") << QStringLiteral("0123456789ab/snapshots/first.qcow2");
    QTest::newRow("a disk in the making") << QStringLiteral("0123456789ab/disk.qcow2.part");
    QTest::newRow("a box in the making") << QStringLiteral(".new-0123456789ab/disk.qcow2");
}

void TestImageGarbage::keepsWhatABoxStandsOn()
{
    QFETCH(const QString, disk);
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    const ImageGarbage garbage(paths, {});
    const StoredImage image = addImage(store, QStringLiteral("one"), {"one"});
    QVERIFY(store.setName(image));
    const QString root = rootDiskOf(paths, image, QStringLiteral(".ext4"));
    writeFile(root, "disk");
    writeFile(paths.boxDirectory(disk), qcow2On(QFile::encodeName(root)));
    writeFile(paths.boxDirectory(QStringLiteral("0123456789ab/output.log")), "QFI");
    QVERIFY(store.removeName(image.ref));
    QVERIFY(garbage.collect(CancelToken())->files.isEmpty());
    QVERIFY(QFileInfo::exists(root));
    QCOMPARE(blobs(store).size(), 3);
    QVERIFY2(store.setName(image), "the image is whole");

    QVERIFY(store.removeName(image.ref));
    QVERIFY(QFile::remove(paths.boxDirectory(disk)));
    QCOMPARE(garbage.collect(CancelToken())->files.size(), 4);
    QVERIFY(blobs(store).isEmpty());
}

void TestImageGarbage::keepsTheRootDisksOfBuiltinImages()
{
    const Paths paths = pathsOf(home());
    const Digest builtin = Digest::ofBytes("builtin");
    const QString kept = paths.rootDisks() + QLatin1Char('/') + builtin.hex() + QStringLiteral(".ext4");
    writeFile(kept, "disk");
    writeFile(paths.rootDisks() + QLatin1Char('/') + Digest::ofBytes("old").hex() + QStringLiteral(".ext4"),
              "disk");
    QCOMPARE(ImageGarbage(paths, {builtin}).collect(CancelToken())->files.size(), 1);
    QVERIFY(QFileInfo::exists(kept));
    // The same image under a name of its own has blobs here, and they go with that name.
    const StoredImage copy = addImage(ImageStore(paths), QStringLiteral("copy"), {"one"});
    QCOMPARE(ImageGarbage(paths, {copy.manifest.digest}).collect(CancelToken())->files.size(), 4);
}

void TestImageGarbage::removesWhatBrokenWorkHasLeft()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    const StoredImage image = addImage(store, QStringLiteral("one"), {"one"});
    QVERIFY(store.setName(image));
    writeFile(store.ingestDirectory() + QStringLiteral("/load-1.part"), "part");
    writeFile(store.ingestDirectory() + QLatin1Char('/') + image.manifest.digest.hex() + ".lock", {});
    for (const char *suffix : {".ext4.part", ".ext4.part.log", ".ext4.lock"})
        writeFile(rootDiskOf(paths, image, QString::fromLatin1(suffix)), "part");
    QCOMPARE(ImageGarbage(paths, {}).collect(CancelToken())->files.size(), 5);
    QCOMPARE(blobs(store).size(), 3);
}

void TestImageGarbage::touchesNothingWhenTheListIsDamaged()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    QVERIFY(store.setName(addImage(store, QStringLiteral("one"), {"one"})));
    writeFile(store.directory() + QStringLiteral("/index.json"), "damage");
    const auto removed = ImageGarbage(paths, {}).collect(CancelToken());
    QVERIFY(!removed);
    QVERIFY(removed.error().code == ErrorCode::Corrupt);
    QCOMPARE(blobs(store).size(), 3);
}

void TestImageGarbage::waitsForWhoeverAdds()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    const auto use = store.use(CancelToken());
    QVERIFY(use);
    addImage(store, QStringLiteral("one"), {"one"});
    const CancelToken cancel;
    cancel.cancel();
    QVERIFY(ImageGarbage(paths, {}).collect(cancel).error().code == ErrorCode::Cancelled);
    QCOMPARE(blobs(store).size(), 3);
}

void TestImageGarbage::losesNothingThatIsAddedMeanwhile()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    constexpr int images = 20;
    std::atomic<bool> isDone = false;
    std::atomic<int> collections = 0;
    const std::unique_ptr<QThread> pruner(QThread::create([&] {
        while (!isDone) {
            if (ImageGarbage(paths, {}).collect(CancelToken()))
                ++collections;
        }
    }));
    pruner->start();
    for (int i = 0; i < images; ++i) {
        const auto use = store.use(CancelToken());
        QVERIFY(use);
        // Half of what it adds is there already at times, and garbage unless somebody uses it.
        const StoredImage image =
            addImage(store, QStringLiteral("app:%1").arg(i % 3), {"base", QByteArray::number(i % 5)});
        QVERIFY(store.setName(image));
        if (i % 4 == 3)
            QVERIFY(store.removeName(image.ref));
    }
    isDone = true;
    QVERIFY(pruner->wait());
    QVERIFY(collections > 0);
    const auto named = store.list();
    QVERIFY(named);
    for (const StoredImage &image : *named)
        QVERIFY2(store.setName(image), qPrintable(image.ref.toString()));
}

QTEST_GUILESS_MAIN(TestImageGarbage)
#include "tst_imagegarbage.moc"
