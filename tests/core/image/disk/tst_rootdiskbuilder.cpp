#include "tests/core/image/disk/ext4inspector.h"
#include "tests/core/image/tarbuilder.h"

#include <QCryptographicHash>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

using namespace boxgate;

namespace {

const Digest Identity = Digest::ofBytes("identity");

QByteArray noise(qsizetype size, unsigned seed)
{
    std::mt19937 random(seed);
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &byte : bytes)
        byte = char(random());
    return bytes;
}

FileAttributes attributesOf(FileType type, quint16 mode)
{
    FileAttributes attributes;
    attributes.type = type;
    attributes.mode = mode;
    return attributes;
}

QByteArray hashOf(const QString &path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return hash.result();
}

} // namespace

class RootDiskBuilderTest : public QObject
{
    Q_OBJECT

private:
    RootDiskBuilder::Job jobOf(const QList<QByteArray> &tars) const
    {
        RootDiskBuilder::Job job;
        job.identity = Identity;
        job.journal = Bytes::fromMebi(4);
        for (const QByteArray &tar : tars)
            job.layers.append(layerOf(m_directory.path(), tar));
        return job;
    }

    /// Builds and checks with e2fsck; the file's name.
    QString built(const RootDiskBuilder::Job &job)
    {
        const QString file = m_directory.filePath(QStringLiteral("disk%1.ext4").arg(m_next++));
        const Result<void> result = RootDiskBuilder({}, {}).build(job, file);
        if (!result)
            qFatal("build: %s (%s)", qPrintable(result.error().message), qPrintable(result.error().detail));
        const QByteArray complaints = Ext4Inspector(file).complaints();
        if (!complaints.isEmpty())
            qFatal("e2fsck: %s", complaints.constData());
        return file;
    }

    QString built(const QList<QByteArray> &tars) { return built(jobOf(tars)); }

    QTemporaryDir m_directory;
    int m_next = 0;

private Q_SLOTS:
    void keepsEveryKindOfFile();
    void keepsContents_data();
    void keepsContents();
    void keepsAttributes();
    void keepsLongAndForeignNames();
    void keepsExtendedAttributes();
    void keepsHolesAsHoles();
    void writesLargeDirectories();
    void readsEveryCompression_data();
    void readsEveryCompression();
    void containsHostilePaths();
    void laterLayersWin();
    void standardSizeNeedsNoGrowth();
    void sameImageSameBytes();
    void refuses_data();
    void refuses();
    void cancelledGoesOnLater();
    void nothingOfReplacedFilesStays_data();
    void nothingOfReplacedFilesStays();
    void growsWhenALayerLiesAboutItsSize();
    void reportsProgress();
};

void RootDiskBuilderTest::keepsEveryKindOfFile()
{
    FileAttributes null = attributesOf(FileType::CharacterDevice, 0666);
    null.deviceMajor = 1;
    null.deviceMinor = 3;
    FileAttributes wide = attributesOf(FileType::BlockDevice, 0660);
    wide.deviceMajor = 259;
    wide.deviceMinor = 70000;
    const QByteArray slow = "/a/target/of/at/least/sixty/bytes/which/does/not/fit/into/the/inode/of/ext4";
    TarBuilder tar;
    tar.directory("d").file("d/f", "hello").symlink("fast", "d/f").symlink("slow", slow);
    tar.add("null", null)
        .add("wide", wide)
        .add("pipe", attributesOf(FileType::Fifo, 0600))
        .hardLink("again", "d/f");
    const Ext4Inspector disk(built({tar.finish()}));

    QCOMPARE(disk.names("/"),
             (QList<QByteArray>{"again", "d", "fast", "lost+found", "null", "pipe", "slow", "wide"}));
    QCOMPARE(disk.stat("/d").type, QStringLiteral("directory"));
    QCOMPARE(disk.stat("/d").links, 2);
    QCOMPARE(disk.stat("/").links, 4);
    QCOMPARE(disk.contents("/d/f"), QByteArray("hello"));
    QCOMPARE(disk.stat("/fast").type, QStringLiteral("symlink"));
    QCOMPARE(disk.target("/fast"), QByteArray("d/f"));
    QCOMPARE(disk.target("/slow"), slow);
    QCOMPARE(disk.stat("/slow").size, slow.size());
    QCOMPARE(disk.stat("/null").type, QStringLiteral("character special"));
    QCOMPARE(disk.stat("/null").device, QStringLiteral("01:03"));
    QCOMPARE(disk.stat("/wide").type, QStringLiteral("block special"));
    QVERIFY2(disk.stat("/wide").text.contains("259:70000"), disk.stat("/wide").text);
    QCOMPARE(disk.stat("/pipe").type, QStringLiteral("FIFO"));
    QCOMPARE(disk.stat("/again").inode, disk.stat("/d/f").inode);
    QCOMPARE(disk.stat("/again").links, 2);
}

void RootDiskBuilderTest::keepsContents_data()
{
    QTest::addColumn<QByteArray>("contents");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("one byte") << QByteArray("x");
    QTest::newRow("one block") << noise(4096, 1);
    QTest::newRow("one block and a byte") << noise(4097, 2);
    QTest::newRow("beyond the buffer") << noise((1 << 20) + 17, 3);
    QTest::newRow("several buffers") << noise(5 << 20, 4);
    QTest::newRow("zeros in the middle") << noise(10000, 5) + QByteArray(3 << 20, '\0') + noise(10000, 6);
    QTest::newRow("zeros at the end") << noise(100, 7) + QByteArray(100000, '\0');
    // Every second block is a hole: more extents than fit into the inode, and then into one block.
    QByteArray comb;
    for (unsigned i = 0; i < 800; ++i)
        comb += noise(4096, i) + QByteArray(4096, '\0');
    QTest::newRow("eight hundred extents") << comb;
}

void RootDiskBuilderTest::keepsContents()
{
    QFETCH(const QByteArray, contents);
    const Ext4Inspector disk(built({TarBuilder().file("file", contents).finish()}));
    QCOMPARE(disk.stat("/file").size, contents.size());
    QVERIFY(disk.contents("/file") == contents);
}

void RootDiskBuilderTest::keepsAttributes()
{
    FileAttributes attributes = attributesOf(FileType::Regular, 06751);
    attributes.uid = 3'000'000'001U;
    attributes.gid = 70'000;
    attributes.mtimeSeconds = 5'000'000'000; // beyond 32 bits
    attributes.mtimeNanoseconds = 123'456'789;
    FileAttributes old = attributesOf(FileType::Directory, 01777);
    old.mtimeSeconds = -86400;
    FileAttributes root = attributesOf(FileType::Directory, 0711);
    root.uid = 42;
    const Ext4Inspector disk(
        built({TarBuilder().add("./", root).add("f", attributes, "x").add("tmp", old).finish()}));
    const Ext4Stat file = disk.stat("/f");
    QCOMPARE(file.mode, 06751);
    QCOMPARE(file.uid, 3'000'000'001U);
    QCOMPARE(file.gid, 70'000U);
    QCOMPARE(file.mtime, 5'000'000'000);
    QCOMPARE(file.mtimeNanoseconds, 123'456'789);
    QCOMPARE(disk.stat("/tmp").mode, 01777);
    QCOMPARE(disk.stat("/tmp").mtime, -86400);
    QCOMPARE(disk.stat("/").mode, 0711);
    QCOMPARE(disk.stat("/").uid, 42U);
}

void RootDiskBuilderTest::keepsLongAndForeignNames()
{
    const QByteArray longest(255, 'n');
    const QByteArray utf8 = "caf\xc3\xa9";
    const QByteArray latin1 = "caf\xe9";
    const QByteArray deep = QByteArray("a-directory-of-thirty-and-more-bytes/").repeated(40) + "leaf";
    TarBuilder tar(TarBuilder::Format::Gnu);
    tar.file(longest, "1").file(utf8, "2").file(latin1, "3").file(deep, "4").symlink("link", latin1);
    const Ext4Inspector disk(built({tar.finish()}));
    QCOMPARE(disk.contents('/' + longest), QByteArray("1"));
    QCOMPARE(disk.contents('/' + utf8), QByteArray("2"));
    QCOMPARE(disk.contents('/' + latin1), QByteArray("3"));
    QCOMPARE(disk.contents('/' + deep), QByteArray("4"));
    QCOMPARE(disk.stat("/link").size, latin1.size());
}

void RootDiskBuilderTest::keepsExtendedAttributes()
{
    const QByteArray capability = QByteArray::fromHex("0100000200200000000000000000000000000000");
    FileAttributes attributes = attributesOf(FileType::Regular, 0755);
    attributes.xattrs = {{"security.capability", capability}, {"user.note", "hello"}};
    FileAttributes large = attributesOf(FileType::Directory, 0755);
    large.xattrs = {{"user.large", QByteArray(2000, 'x')}};
    FileAttributes foreign = attributesOf(FileType::Regular, 0644);
    foreign.xattrs = {{"com.apple.quarantine", "no"}, {"trusted.overlay.opaque", "y"}};
    const QByteArray tar = TarBuilder()
                               .add("ping", attributes, "program")
                               .add("large", large)
                               .add("foreign", foreign, "f")
                               .finish();
    const Ext4Inspector disk(built({tar}));
    QCOMPARE(disk.xattr("/ping", "security.capability").toHex(), capability.toHex());
    QCOMPARE(disk.xattr("/ping", "user.note"), QByteArray("hello"));
    QCOMPARE(disk.contents("/ping"), QByteArray("program"));
    QCOMPARE(disk.xattr("/large", "user.large"), QByteArray(2000, 'x'));
    QVERIFY(!disk.stat("/foreign").text.contains("quarantine"));
    QVERIFY(!disk.stat("/foreign").text.contains("opaque"));
}

void RootDiskBuilderTest::keepsHolesAsHoles()
{
    const QByteArray data = noise(8192, 9);
    const QByteArray tar = TarBuilder().sparse("sparse", 200 << 20, 100 << 20, data).finish();
    QVERIFY(tar.size() < 1 << 20);
    const Ext4Inspector disk(built({tar}));
    const Ext4Stat stat = disk.stat("/sparse");
    QCOMPARE(stat.size, 200LL << 20);
    QCOMPARE(stat.blocks, 16);
    QVERIFY(disk.contents("/sparse").mid(100 << 20, data.size()) == data);
}

void RootDiskBuilderTest::writesLargeDirectories()
{
    TarBuilder tar;
    QList<QByteArray> names;
    for (int i = 0; i < 3000; ++i) {
        const QByteArray name =
            "a-file-with-a-rather-long-name-" + QByteArray::number(i).rightJustified(5, '0');
        names.append(name);
        tar.file("many/" + name, i % 100 == 0 ? QByteArray::number(i) : QByteArray());
    }
    const Ext4Inspector disk(built({tar.finish()}));
    QCOMPARE(disk.names("/many"), names);
    QCOMPARE(disk.contents("/many/" + names[2900]), QByteArray("2900"));
}

void RootDiskBuilderTest::readsEveryCompression_data()
{
    QTest::addColumn<int>("filter");
    QTest::newRow("plain") << int(TarBuilder::Filter::None);
    QTest::newRow("gzip") << int(TarBuilder::Filter::Gzip);
    QTest::newRow("zstd") << int(TarBuilder::Filter::Zstd);
}

void RootDiskBuilderTest::readsEveryCompression()
{
    QFETCH(const int, filter);
    const QByteArray contents = noise(300'000, 11);
    const QByteArray tar =
        TarBuilder(TarBuilder::Format::Pax, TarBuilder::Filter(filter)).file("f", contents).finish();
    QVERIFY(Ext4Inspector(built({tar})).contents("/f") == contents);
}

void RootDiskBuilderTest::containsHostilePaths()
{
    TarBuilder tar;
    tar.file("../../up", "1").file("/absolute", "2").file("a/../../b/../c", "3");
    tar.symlink("out", "/../../etc").file("out/passwd", "4"); // through a link that leaves: stays inside
    tar.symlink("loop", "loop/../target").hardLink("hard", "../../up");
    tar.file("twice", "first").file("twice", "second");
    tar.directory("dir").file("dir/child", "x").file("dir", "now a file");
    const Ext4Inspector disk(built({tar.finish()}));
    QCOMPARE(disk.contents("/up"), QByteArray("1"));
    QCOMPARE(disk.contents("/absolute"), QByteArray("2"));
    QCOMPARE(disk.contents("/c"), QByteArray("3"));
    QCOMPARE(disk.contents("/etc/passwd"), QByteArray("4"));
    QCOMPARE(disk.stat("/hard").inode, disk.stat("/up").inode);
    QCOMPARE(disk.contents("/twice"), QByteArray("second"));
    QCOMPARE(disk.contents("/dir"), QByteArray("now a file"));
}

void RootDiskBuilderTest::laterLayersWin()
{
    const QByteArray lower = TarBuilder()
                                 .directory("etc")
                                 .file("etc/gone", "x")
                                 .file("etc/kept", "lower")
                                 .file("etc/changed", noise(9000, 1))
                                 .directory("opaque")
                                 .file("opaque/old", "x")
                                 .finish();
    const QByteArray upper = TarBuilder()
                                 .file("etc/.wh.gone", {})
                                 .file("etc/changed", "upper")
                                 .hardLink("etc/link", "etc/kept")
                                 .file("opaque/new", "y")
                                 .file("opaque/.wh..wh..opq", {})
                                 .finish();
    const Ext4Inspector disk(built({lower, upper}));
    QCOMPARE(disk.names("/etc"), (QList<QByteArray>{"changed", "kept", "link"}));
    QCOMPARE(disk.contents("/etc/changed"), QByteArray("upper"));
    QCOMPARE(disk.contents("/etc/link"), QByteArray("lower"));
    QCOMPARE(disk.names("/opaque"), QList<QByteArray>{"new"});
}

void RootDiskBuilderTest::standardSizeNeedsNoGrowth()
{
    RootDiskBuilder::Job job = jobOf({TarBuilder().file("f", "x").finish()});
    job.minimumSize = RootDiskBuilder::StandardSize;
    job.journal = Bytes::fromMebi(32);
    const QString file = built(job);
    QCOMPARE(QFileInfo(file).size(), qint64(RootDiskBuilder::StandardSize.count()));
    const QMap<QString, QString> super = Ext4Inspector(file).superblock();
    QCOMPARE(super.value(QStringLiteral("Block count")), QStringLiteral("2621440"));
    QCOMPARE(super.value(QStringLiteral("Filesystem state")), QStringLiteral("clean"));
    QCOMPARE(super.value(QStringLiteral("Reserved block count")), QStringLiteral("0"));
    for (const char *feature : {"has_journal", "resize_inode", "extent", "64bit", "flex_bg", "metadata_csum"})
        QVERIFY2(super.value(QStringLiteral("Filesystem features")).contains(QLatin1String(feature)),
                 feature);
}

void RootDiskBuilderTest::sameImageSameBytes()
{
    const QByteArray tar =
        TarBuilder().directory("d").file("d/f", noise(70'000, 3)).symlink("l", "d").finish();
    const QByteArray first = hashOf(built({tar}));
    QTest::qSleep(1100); // the clock must have moved for a time stamp to show
    QCOMPARE(hashOf(built({tar})).toHex(), first.toHex());
    RootDiskBuilder::Job other = jobOf({tar});
    other.identity = Digest::ofBytes("another");
    QVERIFY(hashOf(built(other)) != first);
}

void RootDiskBuilderTest::refuses_data()
{
    QTest::addColumn<QByteArray>("blob");
    QTest::addColumn<QString>("words");
    const QByteArray good =
        TarBuilder(TarBuilder::Format::Pax, TarBuilder::Filter::Gzip).file("f", noise(50'000, 1)).finish();
    QTest::newRow("no archive") << noise(5000, 2) << QStringLiteral("damaged");
    QTest::newRow("empty blob") << QByteArray() << QStringLiteral("damaged");
    QTest::newRow("cut off") << good.left(good.size() / 2) << QStringLiteral("damaged");
    QTest::newRow("name of 256 bytes")
        << TarBuilder().file(QByteArray(256, 'n'), "x").finish() << QStringLiteral("255");
    QTest::newRow("file as a parent") << TarBuilder().file("f", "x").file("f/g", "x").finish()
                                      << QStringLiteral("a file where a directory is needed");
    QTest::newRow("links in a circle")
        << TarBuilder().symlink("a", "b").symlink("b", "a").file("a/f", "x").finish()
        << QStringLiteral("too many symbolic links");
    QTest::newRow("hard link to nothing")
        << TarBuilder().hardLink("a", "nothing").finish() << QStringLiteral("does not exist");
    QTest::newRow("hard link to a directory") << TarBuilder().directory("d").hardLink("a", "d").finish()
                                              << QStringLiteral("cannot have a second name");
    QTest::newRow("too many files")
        << TarBuilder().file("a", {}).file("b", {}).file("c", {}).file("d", {}).file("e", {}).finish()
        << QStringLiteral("one file too many");
    QTest::newRow("too much content")
        << TarBuilder().sparse("bomb", 20 << 20, 0, "x").finish() << QStringLiteral("hold more than");
    QTest::newRow("bomb") << TarBuilder(TarBuilder::Format::Gnu, TarBuilder::Filter::Gzip)
                                 .file("a", QByteArray(9 << 20, '\0'))
                                 .file("a", QByteArray(9 << 20, '\0'))
                                 .finish()
                          << QStringLiteral("more than");
    FileAttributes attributes;
    attributes.xattrs = {{"user.huge", QByteArray(5000, 'x')}};
    QTest::newRow("attributes beyond a block")
        << TarBuilder().add("f", attributes).finish() << QStringLiteral("extended attributes");
}

void RootDiskBuilderTest::refuses()
{
    QFETCH(const QByteArray, blob);
    QFETCH(const QString, words);
    RootDiskBuilder::Job job = jobOf({blob});
    job.limits.entries = 4;
    job.limits.contentBytes = 16 << 20;
    job.limits.layerBytes = 16 << 20;
    const QString file = m_directory.filePath(QStringLiteral("refused.ext4"));
    const Result<void> result = RootDiskBuilder({}, {}).build(job, file);
    QVERIFY(!result);
    QCOMPARE(toString(result.error().code), toString(ErrorCode::Corrupt));
    QVERIFY2(result.error().message.contains(words), qPrintable(result.error().message));
    QVERIFY(!QFile::exists(file));
}

void RootDiskBuilderTest::cancelledGoesOnLater()
{
    QList<QByteArray> layers;
    for (unsigned i = 0; i < 4; ++i)
        layers.append(TarBuilder().file("f" + QByteArray::number(i), noise(3 << 20, i)).finish());
    RootDiskBuilder::Job job = jobOf(layers);
    job.minimumSize = Bytes::fromMebi(64);
    const QString file = m_directory.filePath(QStringLiteral("cancelled.ext4"));
    const CancelToken cancel;
    const auto atOnce = [&](Bytes, Bytes) { cancel.cancel(); };
    const Result<void> cancelled = RootDiskBuilder(atOnce, cancel).build(job, file);
    QVERIFY(!cancelled);
    QCOMPARE(toString(cancelled.error().code), toString(ErrorCode::Cancelled));
    QVERIFY(QFile::exists(RootDiskBuilder::logOf(file)));
    QVERIFY(RootDiskBuilder({}, {}).build(job, file));
    QVERIFY(!QFile::exists(RootDiskBuilder::logOf(file)));
    QCOMPARE(hashOf(file).toHex(), hashOf(built(job)).toHex());
    // What another build left there is not gone on with.
    job.identity = Digest::ofBytes("another");
    QVERIFY(RootDiskBuilder({}, {}).build(job, file));
    QCOMPARE(hashOf(file).toHex(), hashOf(built(job)).toHex());
}

/// What is replaced has been written already when each layer is read once.
void RootDiskBuilderTest::nothingOfReplacedFilesStays_data()
{
    QTest::addColumn<Bytes>("minimum");
    QTest::newRow("layers are read once") << Bytes::fromMebi(64);
    QTest::newRow("names are read first") << Bytes();
}

void RootDiskBuilderTest::nothingOfReplacedFilesStays()
{
    QFETCH(const Bytes, minimum);
    const QByteArray secret = noise(4 << 20, 1);
    const QByteArray lower = TarBuilder().file("secret", secret).file("removed", secret).finish();
    const QByteArray upper = TarBuilder().file("secret", "x").file(".wh.removed", {}).finish();
    RootDiskBuilder::Job job = jobOf({lower, upper});
    job.minimumSize = minimum;
    QFile file(built(job));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(secret.left(64)));
    QCOMPARE(Ext4Inspector(file.fileName()).contents("/secret"), QByteArray("x"));
}

/// What a layer says about its size is a guess.
void RootDiskBuilderTest::growsWhenALayerLiesAboutItsSize()
{
    const QByteArray contents = QByteArray("0123456789abcdef").repeated(6 << 20);
    const QByteArray tar = TarBuilder().file("large", contents).finish();
    const Result<QByteArray> first = packGzip(tar.left(tar.size() - 1024));
    const Result<QByteArray> last = packGzip(tar.right(1024));
    QVERIFY(first && last);
    RootDiskBuilder::Job job = jobOf({*first + *last});
    job.minimumSize = Bytes::fromMebi(64);
    QVERIFY(RootDiskBuilder::expectedSize(job) < Bytes::fromMebi(16));
    const QString file = built(job);
    QVERIFY(QFileInfo(file).size() > contents.size());
    QVERIFY(Ext4Inspector(file).contents("/large") == contents);
}

void RootDiskBuilderTest::reportsProgress()
{
    const RootDiskBuilder::Job job = jobOf({TarBuilder().file("f", noise(3 << 20, 1)).finish()});
    Bytes last;
    Bytes whole;
    const auto progress = [&](Bytes done, Bytes total) {
        QVERIFY(done >= last && done <= total);
        last = done;
        whole = total;
    };
    const Result<void> result =
        RootDiskBuilder(progress, {}).build(job, m_directory.filePath(QStringLiteral("progress.ext4")));
    QVERIFY(result);
    QVERIFY(whole > Bytes::fromMebi(6));
    QCOMPARE(last.count(), whole.count());
}

QTEST_GUILESS_MAIN(RootDiskBuilderTest)
#include "tst_rootdiskbuilder.moc"
