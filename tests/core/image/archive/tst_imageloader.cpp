#include "core/image/archive/imageloader.h"
#include "core/image/archive/imagesaver.h"
#include "core/image/ocilayout.h"
#include "tests/core/image/archive/archivefixture.h"
#include "tests/support/diskcheck.h"

#include <QTest>

#include <QDir>
#include <QStorageInfo>
#include <QTemporaryDir>

using namespace boxgate;

namespace {

using Filter = TarBuilder::Filter;

const QByteArray NamedApp = "{\"org.opencontainers.image.ref.name\":\"app:2\"}";

QByteArray dockerWith(const QByteArray &manifest)
{
    DockerArchive archive;
    archive.manifest = manifest;
    return archive.packed();
}

ImageLoader loaderFor(const ImageStore &store) { return ImageLoader(store, {}, CancelToken()); }

} // namespace

class TestImageLoader : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_homes = 0;

    QString home() { return m_folder.filePath(QString::number(++m_homes)); }

private Q_SLOTS:
    void loadsArchives_data();
    void loadsArchives();
    void refusesDockerArchives_data();
    void refusesDockerArchives() { refuses(); }
    void refusesLayouts_data();
    void refusesLayouts() { refuses(); }
    void takesTheLayersOfOneNameForSeveralImages();
    void goesOnWithWhatABrokenLoadHasLeft();
    void loadsALayoutInAFolder();
    void whatWasSavedIsTheSameImage();
    void savesTheSameBytes();
    void noticesDamageWhenItSaves();

private:
    void refuses();
};

void TestImageLoader::loadsArchives_data()
{
    QTest::addColumn<QByteArray>("archive");
    QTest::addColumn<QString>("wished");
    QTest::addColumn<QString>("name");
    const DockerArchive docker;
    const QString app = QStringLiteral("app:2");
    const QString none;
    QTest::newRow("docker") << docker.packed() << none << app;
    QTest::newRow("docker, gzip") << docker.packed(Filter::Gzip) << none << app;
    QTest::newRow("docker, zstd") << docker.packed(Filter::Zstd) << none << app;
    QTest::newRow("docker, another name") << docker.packed() << "quay.io/x/y"
                                          << "quay.io/x/y:latest";
    TarBuilder links;
    links.file("real/0.tar", docker.layers[0]).symlink("l0/layer.tar", "../real/0.tar");
    links.file("real/1.tar", docker.layers[1]).hardLink("l1/layer.tar", "real/1.tar");
    docker.packDocuments(links);
    QTest::newRow("layers behind links") << links.finish() << none << app;
    TarBuilder dots;
    dots.directory("./").directory("./l0").file("./l0/layer.tar", docker.layers[0]);
    dots.file("./l1//layer.tar", docker.layers[1]);
    docker.packDocuments(dots);
    QTest::newRow("names with ./") << dots.finish() << none << app;
    TarBuilder twice;
    docker.pack(twice);
    twice.file("l0/layer.tar", docker.layers[0]);
    QTest::newRow("the same file twice") << twice.finish() << none << app;
    const DockerArchive large({layerTar("a", 3'000'000), layerTar("b")});
    QTest::newRow("a layer that is not kept in memory") << large.packed() << none << app;
    DockerArchive compressed;
    compressed.layers[0] = *packGzip(docker.layers[0]);
    QTest::newRow("a compressed layer") << compressed.packed() << none << app;
    QTest::newRow("layout") << LayoutArchive(NamedApp).packed() << none << app;
    QTest::newRow("layout, zstd") << LayoutArchive(NamedApp).packed(Filter::Zstd) << none << app;
    const LayoutArchive containerd("{\"io.containerd.image.name\":\"docker.io/library/app:2\","
                                   "\"org.opencontainers.image.ref.name\":\"2\"}");
    QTest::newRow("layout, containerd's name") << containerd.packed() << none << app;
    const LayoutArchive tagged("{\"org.opencontainers.image.ref.name\":\"2\"}");
    QTest::newRow("layout with a tag alone") << tagged.packed() << "app" << app;
    QTest::newRow("layout without a name") << LayoutArchive("{}").packed() << app << app;
    LayoutArchive both("{}");
    both.files.insert("manifest.json", docker.manifest);
    both.files.insert(docker.configName(), docker.config);
    both.files.insert("l0/layer.tar", docker.layers[0]);
    both.files.insert("l1/layer.tar", docker.layers[1]);
    QTest::newRow("both, named by docker's half") << both.packed() << none << app;
}

void TestImageLoader::loadsArchives()
{
    QFETCH(const QByteArray, archive);
    QFETCH(const QString, wished);
    QFETCH(const QString, name);
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    Bytes done;
    ImageLoader loader(
        store, [&](Bytes bytes) { done = bytes; }, CancelToken());
    const auto images = loader.loadArchive(pieces(archive), wished);
    QVERIFY2(images, images ? "" : qPrintable(images.error().message));
    QCOMPARE(images->size(), 1);
    QCOMPARE(images->first().ref.toString(), name);
    QVERIFY(done.count() > 0 && done.count() <= quint64(archive.size()));
    const auto image = ImageLibrary(paths).resolve(images->first().ref);
    QVERIFY2(image, image ? "" : qPrintable(image.error().message));
    const auto disk = ImageLibrary(paths).rootDisk(*image, Bytes::fromMebi(64));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QCOMPARE(test::diskComplaints(*disk), QByteArray());
    QVERIFY(QDir(store.ingestDirectory()).isEmpty());
}

void TestImageLoader::refusesDockerArchives_data()
{
    QTest::addColumn<QByteArray>("archive");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    const DockerArchive docker;
    const QByteArray image = "[{\"Config\":\"" + docker.configName() + "\",\"RepoTags\":[\"a\"],\"Layers\":";
    QTest::newRow("nothing") << QByteArray() << "corrupt"
                             << "not an image archive";
    QTest::newRow("no tar") << noise(20'000) << "corrupt"
                            << "not an image archive";
    QTest::newRow("another tar") << layerTar("a") << "corrupt"
                                 << "neither";
    QTest::newRow("cut off") << docker.packed().left(2000) << "corrupt"
                             << "";
    const DockerArchive dense({TarBuilder().file("a", noise(500'000)).finish(), layerTar("b")});
    QTest::newRow("cut off, gzip") << dense.packed(Filter::Gzip).chopped(200) << "corrupt"
                                   << "cut off";
    QTest::newRow("manifest.json is none") << dockerWith("{}") << "corrupt"
                                           << "not a JSON list";
    QTest::newRow("no images") << dockerWith("[]") << "not-found"
                               << "no image";
    QTest::newRow("without a name") << dockerWith("[{\"Config\":\"" + docker.configName()
                                                  + "\",\"Layers\":[\"l0/layer.tar\",\"l1/layer.tar\"]}]")
                                    << "invalid-argument"
                                    << "--name";
    QTest::newRow("layers leave the archive")
        << dockerWith(image + "[\"../../etc/passwd\",\"/etc/passwd\"]}]") << "corrupt"
        << "lacks the layer ../../etc/passwd";
    QTest::newRow("a missing layer") << dockerWith(image + "[\"l0/layer.tar\",\"x\"]}]") << "corrupt"
                                     << "lacks the layer x";
    QTest::newRow("layers in another order")
        << dockerWith(image + "[\"l1/layer.tar\",\"l0/layer.tar\"]}]") << "corrupt"
        << "not the one";
    QTest::newRow("fewer layers") << dockerWith(image + "[\"l0/layer.tar\"]}]") << "corrupt"
                                  << "has 1 layers, but 2";
    QTest::newRow("a huge manifest.json") << dockerWith(QByteArray(5 << 20, ' ')) << "corrupt"
                                          << "larger than";
    TarBuilder two;
    docker.pack(two);
    two.file("manifest.json", "[]");
    QTest::newRow("two files of one name") << two.finish() << "corrupt"
                                           << "two different files of the name manifest.json";
    TarBuilder circle;
    circle.symlink("l0/layer.tar", "../l1/layer.tar").symlink("l1/layer.tar", "../l0/layer.tar");
    docker.packDocuments(circle);
    QTest::newRow("links in a circle") << circle.finish() << "corrupt"
                                       << "lacks the layer";
    TarBuilder outside;
    outside.symlink("l0/layer.tar", "../../../etc/passwd").symlink("l1/layer.tar", "/etc/passwd");
    docker.packDocuments(outside);
    QTest::newRow("a link out of it") << outside.finish() << "corrupt"
                                      << "lacks the layer";
    QTest::newRow("a file of 4 PiB") << claimingTar(1ULL << 52) << "corrupt"
                                     << "too large";
    const quint64 tebi = 1ULL << 40;
    if (QStorageInfo(m_folder.path()).bytesAvailable() < qint64(tebi))
        QTest::newRow("a file that the disk has no space for") << claimingTar(tebi) << "disk-full"
                                                               << "needed";
    QTest::newRow("more files than there can be") << manyFiles(100'001) << "corrupt"
                                                  << "more files than";
}

void TestImageLoader::refusesLayouts_data()
{
    QTest::addColumn<QByteArray>("archive");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    LayoutArchive wrongBlob(NamedApp);
    const QByteArray victim = wrongBlob.files.firstKey();
    wrongBlob.files[victim][0] = char(wrongBlob.files[victim][0] + 1);
    QTest::newRow("a blob with another digest") << wrongBlob.packed() << "corrupt"
                                                << "is damaged";
    LayoutArchive missing(NamedApp);
    missing.files.remove(missing.files.firstKey());
    QTest::newRow("a missing blob") << missing.packed() << "corrupt"
                                    << "acks the blob";
    QTest::newRow("without a name") << LayoutArchive("{}").packed() << "invalid-argument"
                                    << "--name";
    const LayoutArchive builtin("{\"org.opencontainers.image.ref.name\":\"builtin/busybox:1\"}");
    QTest::newRow("a builtin name") << builtin.packed() << "invalid-argument"
                                    << "builtin";
    const LayoutArchive foreign(NamedApp, QStringLiteral("s390x"));
    QTest::newRow("for another machine") << foreign.packed() << "not-found"
                                         << "only for s390x";
}

void TestImageLoader::refuses()
{
    QFETCH(const QByteArray, archive);
    QFETCH(const QString, code);
    QFETCH(const QString, words);
    const ImageStore store(pathsOf(home()));
    const auto images = loaderFor(store).loadArchive(pieces(archive), {});
    QVERIFY(!images);
    QCOMPARE(toString(images.error().code), code);
    QVERIFY2(images.error().message.contains(words), qPrintable(images.error().message));
    QVERIFY(store.list()->isEmpty());
    // A blob that is not whole may be gone on with; nothing else stays.
    for (const QString &file : QDir(store.ingestDirectory()).entryList(QDir::Files))
        QVERIFY2(!file.startsWith(QLatin1String("load-")), qPrintable(file));
}

void TestImageLoader::takesTheLayersOfOneNameForSeveralImages()
{
    const DockerArchive docker({layerTar("a", 3'000'000), layerTar("b")});
    const QByteArray begin = "{\"Config\":\"" + docker.configName() + "\",\"RepoTags\":";
    const QByteArray end = ",\"Layers\":[\"l0/layer.tar\",\"l1/layer.tar\"]}";
    DockerArchive two = docker;
    two.manifest =
        "[" + begin + "[\"a:1\",\"b:1\"]" + end + "," + begin + "[\"c:1\",\"<none>:<none>\"]" + end + "]";
    const ImageStore store(pathsOf(home()));
    const auto images = loaderFor(store).loadArchive(pieces(two.packed()), {});
    QVERIFY2(images, images ? "" : qPrintable(images.error().message));
    QCOMPARE(images->size(), 3);
    QCOMPARE(store.list()->size(), 3);
    const auto named = loaderFor(store).loadArchive(pieces(two.packed()), QStringLiteral("x"));
    QVERIFY(!named);
    QVERIFY(named.error().code == ErrorCode::InvalidArgument);
}

void TestImageLoader::goesOnWithWhatABrokenLoadHasLeft()
{
    const QByteArray archive = LayoutArchive(NamedApp).packed();
    const ImageStore store(pathsOf(home()));
    QVERIFY(!loaderFor(store).loadArchive(pieces(archive.left(1'500'000)), {}));
    const QStringList parts =
        QDir(store.ingestDirectory()).entryList({QStringLiteral("*.part")}, QDir::Files);
    QCOMPARE(parts.size(), 1);
    const auto whole = loaderFor(store).loadArchive(pieces(archive), {});
    QVERIFY2(whole, whole ? "" : qPrintable(whole.error().message));
    QVERIFY(QDir(store.ingestDirectory()).isEmpty());
}

void TestImageLoader::loadsALayoutInAFolder()
{
    const QString folder = home();
    const LayoutArchive layout(NamedApp);
    layout.unpackTo(folder);
    const ImageStore store(pathsOf(home()));
    const auto images = loaderFor(store).loadFolder(folder, {});
    QVERIFY2(images, images ? "" : qPrintable(images.error().message));
    QCOMPARE(images->first().ref.toString(), "app:2");
    QVERIFY(QFile::remove(folder + QLatin1Char('/') + QString::fromLatin1(layout.files.firstKey())));
    const ImageStore other(pathsOf(home()));
    const auto damaged = loaderFor(other).loadFolder(folder, {});
    QVERIFY(!damaged);
    QVERIFY(damaged.error().code == ErrorCode::Corrupt);
    QVERIFY(other.list()->isEmpty());
}

void TestImageLoader::whatWasSavedIsTheSameImage()
{
    const Paths paths = pathsOf(home());
    QVERIFY(loaderFor(ImageStore(paths)).loadArchive(pieces(LayoutArchive(NamedApp).packed()), {}));
    const auto image = ImageLibrary(paths).resolve(*ImageRef::parse(QStringLiteral("app:2")));
    QVERIFY(image);
    const QByteArray archive = savedArchive(*image);
    const QString folder = home();
    QVERIFY(ImageSaver({}, CancelToken()).toFolder({*image}, folder));
    QVERIFY(ImageSaver({}, CancelToken()).toFolder({*image}, folder).error().code
            == ErrorCode::AlreadyExists);

    const auto again = loaderFor(ImageStore(pathsOf(home()))).loadArchive(pieces(archive), {});
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QCOMPARE(again->first().manifest.digest, image->digest);
    QVERIFY(again->first().ref == image->ref);
    const auto third = loaderFor(ImageStore(pathsOf(home()))).loadFolder(folder, {});
    QVERIFY2(third, third ? "" : qPrintable(third.error().message));
    QCOMPARE(third->first().manifest.digest, image->digest);
}

void TestImageLoader::savesTheSameBytes()
{
    QByteArray archives[2];
    for (QByteArray &archive : archives) {
        const Paths paths = pathsOf(home());
        QVERIFY(loaderFor(ImageStore(paths)).loadArchive(pieces(DockerArchive().packed()), {}));
        archive = savedArchive(*ImageLibrary(paths).resolve(*ImageRef::parse(QStringLiteral("app:2"))));
    }
    QVERIFY(!archives[0].isEmpty());
    QCOMPARE(archives[0], archives[1]);
}

void TestImageLoader::noticesDamageWhenItSaves()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    QVERIFY(loaderFor(store).loadArchive(pieces(DockerArchive().packed()), {}));
    const auto image = ImageLibrary(paths).resolve(*ImageRef::parse(QStringLiteral("app:2")));
    QFile layer(store.blobPath(image->layers.first().digest));
    QVERIFY(layer.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    QVERIFY(layer.open(QIODevice::ReadWrite));
    layer.seek(100);
    layer.write("damage");
    layer.close();
    const auto saved =
        ImageSaver({}, CancelToken()).toArchive({*image}, [](const char *, qint64) -> Result<void> {
            return {};
        });
    QVERIFY(!saved);
    QVERIFY(saved.error().code == ErrorCode::Corrupt);
}

QTEST_GUILESS_MAIN(TestImageLoader)
#include "tst_imageloader.moc"
