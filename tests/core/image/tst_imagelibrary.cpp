#include "core/image/imagelibrary.h"
#include "core/image/ocilayout.h"
#include "tests/core/image/disk/ext4inspector.h"
#include "tests/core/image/tarbuilder.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace boxgate;

namespace {

Paths preparedPaths(const QString &home)
{
    const Result<Paths> paths = Paths::locate(home);
    if (!paths || !paths->prepare())
        qFatal("no paths");
    return *paths;
}

ImageRef refOf(const char *text) { return *ImageRef::parse(QString::fromLatin1(text)); }

} // namespace

/// Runs on the image that the build made, through BOXGATE_SHARE.
class ImageLibraryTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;

private Q_SLOTS:
    void resolvesBusybox();
    void busyboxHasItsFiles();
    void keepsRootDisks();
    void smallBoxesGetASmallDisk();
    void twoBuildersMakeOne();
    void refusesOtherImages_data();
    void refusesOtherImages();
    void refusesDamagedImages_data();
    void refusesDamagedImages();
    void saysWhenNothingIsInstalled();
};

void ImageLibraryTest::resolvesBusybox()
{
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("a"))));
    const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
    QVERIFY2(image, image ? "" : qPrintable(image.error().message));
    QCOMPARE(image->config.command, QStringList()); // a box of it stays up, idle
    QVERIFY(image->config.environment.first().startsWith(QStringLiteral("PATH=")));
    QCOMPARE(image->layers.size(), 1);
    QVERIFY(image->size > Bytes(100'000));
    QCOMPARE(library.list().size(), 1);
    QVERIFY(
        library.resolve(refOf(qPrintable(QStringLiteral("builtin/busybox@") + image->digest.toString()))));
}

void ImageLibraryTest::busyboxHasItsFiles()
{
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("b"))));
    const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
    QVERIFY(image);
    const Result<QString> disk = library.rootDisk(*image, Bytes::fromGibi(10));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QCOMPARE(QFileInfo(*disk).size(), qint64(Bytes::fromGibi(10).count()));
    const Ext4Inspector inspector(*disk);
    QCOMPARE(inspector.complaints(), QByteArray());
    QCOMPARE(inspector.target("/bin/sh"), QByteArray("busybox"));
    QCOMPARE(inspector.stat("/bin/busybox").mode, 0755);
    QVERIFY(inspector.contents("/bin/busybox")
                .startsWith("\x7f"
                            "ELF"));
    QVERIFY(inspector.contents("/etc/passwd").contains("box:x:1000:1000"));
    QCOMPARE(inspector.stat("/tmp").mode, 01777);
    QCOMPARE(inspector.stat("/home/box").uid, 1000U);
    for (const char *directory : {"/proc", "/sys", "/dev", "/run", "/root", "/var/log"})
        QCOMPARE(inspector.stat(directory).type, QStringLiteral("directory"));
}

void ImageLibraryTest::keepsRootDisks()
{
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("b"))));
    const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
    const Result<QString> first = library.rootDisk(*image, Bytes::fromGibi(10));
    QVERIFY(first);
    const QDateTime made = QFileInfo(*first).lastModified();
    const Result<QString> second = library.rootDisk(*image, Bytes::fromGibi(20));
    QCOMPARE(*second, *first);
    QCOMPARE(QFileInfo(*second).lastModified(), made);
    QVERIFY(!QFileInfo(*first).permission(QFileDevice::WriteOwner));
    QVERIFY(QDir(QFileInfo(*first).path()).entryList({QStringLiteral("*.part")}).isEmpty());
}

void ImageLibraryTest::smallBoxesGetASmallDisk()
{
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("c"))));
    const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
    const Result<QString> disk = library.rootDisk(*image, Bytes::fromMebi(64));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QVERIFY(QFileInfo(*disk).size() <= qint64(Bytes::fromMebi(64).count()));
    QCOMPARE(Ext4Inspector(*disk).complaints(), QByteArray());
    const Result<QString> tooSmall = library.rootDisk(*image, Bytes::fromMebi(2));
    QVERIFY(!tooSmall);
    QCOMPARE(toString(tooSmall.error().code), QStringLiteral("invalid-argument"));
    QVERIFY(tooSmall.error().message.contains(QStringLiteral("at least")));
}

void ImageLibraryTest::twoBuildersMakeOne()
{
    const QString home = m_directory.filePath(QStringLiteral("d"));
    const ImageLibrary library(preparedPaths(home));
    QProcess processes[3];
    for (QProcess &process : processes)
        process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--build"), home});
    QByteArray paths[3];
    for (int i = 0; i < 3; ++i) {
        QVERIFY(processes[i].waitForFinished(60'000));
        QCOMPARE(processes[i].exitCode(), 0);
        paths[i] = processes[i].readAllStandardOutput();
    }
    QVERIFY(!paths[0].isEmpty());
    QCOMPARE(paths[1], paths[0]);
    QCOMPARE(paths[2], paths[0]);
    QCOMPARE(Ext4Inspector(QString::fromLocal8Bit(paths[0])).complaints(), QByteArray());
}

void ImageLibraryTest::refusesOtherImages_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    QTest::newRow("unknown builtin") << QByteArray("builtin/alpine") << QStringLiteral("not-found")
                                     << QStringLiteral("builtin/busybox");
    QTest::newRow("unknown tag") << QByteArray("builtin/busybox:9") << QStringLiteral("not-found")
                                 << QStringLiteral("9");
    QTest::newRow("another digest") << "builtin/busybox@sha256:" + QByteArray(64, '0')
                                    << QStringLiteral("not-found") << QStringLiteral("is sha256:");
    QTest::newRow("of a registry") << QByteArray("alpine:3.20") << QStringLiteral("not-found")
                                   << QStringLiteral("boxgate pull alpine:3.20");
}

void ImageLibraryTest::refusesOtherImages()
{
    QFETCH(const QByteArray, name);
    QFETCH(const QString, code);
    QFETCH(const QString, words);
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("a"))));
    const Result<ImageInfo> image = library.resolve(refOf(name.constData()));
    QVERIFY(!image);
    QCOMPARE(toString(image.error().code), code);
    QVERIFY2(image.error().message.contains(words), qPrintable(image.error().message));
}

void ImageLibraryTest::refusesDamagedImages_data()
{
    QTest::addColumn<QString>("victim");
    QTest::newRow("marker") << QStringLiteral("oci-layout");
    QTest::newRow("index") << QStringLiteral("index.json");
    QTest::newRow("manifest") << QStringLiteral("manifest");
    QTest::newRow("config") << QStringLiteral("config");
    QTest::newRow("layer") << QStringLiteral("layer");
}

void ImageLibraryTest::refusesDamagedImages()
{
    QFETCH(const QString, victim);
    const QString share = m_directory.filePath(QStringLiteral("share-") + victim);
    OciWriter writer(share + QStringLiteral("/images/x"));
    QVERIFY(writer.addLayer(TarBuilder().file("f", "contents").finish()));
    ImageConfig config;
    config.architecture = OciLayout::hostArchitecture();
    QVERIFY(writer.finish(config, QStringLiteral("latest")));
    const auto good = OciLayout::open(share + QStringLiteral("/images/x"))->find(config.architecture, {});
    QVERIFY(good);
    const QMap<QString, QString> files = {{QStringLiteral("manifest"), good->digest.hex()},
                                          {QStringLiteral("config"), good->manifest.config.digest.hex()},
                                          {QStringLiteral("layer"), good->manifest.layers[0].digest.hex()}};
    QFile file(share + QStringLiteral("/images/x/")
               + (files.contains(victim) ? QStringLiteral("blobs/sha256/") + files.value(victim) : victim));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(file.size() / 2);
    file.write("\xA5\xA5\xA5", 3);
    file.close();

    const QByteArray before = qgetenv("BOXGATE_SHARE");
    qputenv("BOXGATE_SHARE", QFile::encodeName(share));
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("e"))));
    qputenv("BOXGATE_SHARE", before);
    const Result<ImageInfo> image = library.resolve(refOf("builtin/x"));
    const Result<QString> disk =
        image ? library.rootDisk(*image, Bytes::fromGibi(1)) : Result<QString>(fail(image.error()));
    QVERIFY(!disk);
    QCOMPARE(toString(disk.error().code), QStringLiteral("corrupt"));
    QVERIFY(QDir(preparedPaths(m_directory.filePath(QStringLiteral("e"))).rootDisks())
                .entryList({QStringLiteral("*.ext4")})
                .isEmpty());
}

void ImageLibraryTest::saysWhenNothingIsInstalled()
{
    const QByteArray before = qgetenv("BOXGATE_SHARE");
    qputenv("BOXGATE_SHARE", "/nonexistent");
    const ImageLibrary library(preparedPaths(m_directory.filePath(QStringLiteral("f"))));
    qputenv("BOXGATE_SHARE", before);
    QVERIFY(library.list().isEmpty());
    const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
    QVERIFY(!image);
    QCOMPARE(toString(image.error().code), QStringLiteral("unavailable"));
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == u"--build") {
        const ImageLibrary library(preparedPaths(arguments[2]));
        const Result<ImageInfo> image = library.resolve(refOf("builtin/busybox"));
        const Result<QString> disk =
            image ? library.rootDisk(*image, Bytes::fromGibi(10)) : Result<QString>(fail(image.error()));
        if (disk)
            std::fputs(qPrintable(*disk), stdout);
        return disk ? 0 : 1;
    }
    ImageLibraryTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_imagelibrary.moc"
