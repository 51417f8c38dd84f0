#include "core/image/imagelibrary.h"
#include "core/image/ocilayout.h"
#include "tests/core/image/store/storefixture.h"
#include "tests/support/diskcheck.h"

#include <QTest>

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <cstdio>

using namespace boxgate;

namespace {

ImageRef refOf(const QString &text) { return *ImageRef::parse(text); }

/// What a child of this test does: give and take names until it is killed.
int changeNames(const QString &home, const QString &mark)
{
    const ImageStore store(pathsOf(home));
    const auto first = store.find(refOf(QStringLiteral("first")));
    for (int i = 0; first; ++i) {
        StoredImage image = *first;
        image.ref = refOf(QStringLiteral("%1:%2").arg(mark).arg(i % 20));
        if (!store.setName(image) || (i % 3 == 0 && !store.removeName(image.ref)))
            break;
        std::fputs(".", stdout);
        std::fflush(stdout);
    }
    return 1;
}

} // namespace

class TestImageStore : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_homes = 0;

    QString home() { return m_folder.filePath(QString::number(++m_homes)); }

private Q_SLOTS:
    void findsImagesByName_data();
    void findsImagesByName();
    void aNameMovesToAnotherImage();
    void givesNoNameToWhatIsNotThere();
    void anImageCanBeRunFromIt();
    void saysHowToGetWhatIsNotThere();
    void isALayoutForOtherTools();
    void itsListSurvivesBeingWritten();
    void doesNotReadADamagedList_data();
    void doesNotReadADamagedList();
    void leavesOutForeignNames();
    void readersSeeWholeLists();
};

void TestImageStore::findsImagesByName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("found");
    const QString alpine = QStringLiteral("alpine:3.20");
    const QString digest = QStringLiteral("sha256:") + QString(64, u'a');
    QTest::newRow("short") << QStringLiteral("alpine:3.20") << alpine;
    QTest::newRow("in full") << QStringLiteral("docker.io/library/alpine:3.20") << alpine;
    QTest::newRow("another tag") << QStringLiteral("alpine") << QString();
    QTest::newRow("another registry") << QStringLiteral("quay.io/library/alpine:3.20") << QString();
    QTest::newRow("digest of the list") << QStringLiteral("alpine@") + digest << alpine;
    QTest::newRow("digest of another repository") << QStringLiteral("debian@") + digest << QString();
    QTest::newRow("another digest") << QStringLiteral("alpine@sha256:") + QString(64, u'b') << QString();
    QTest::newRow("digest of the manifest") << QStringLiteral("alpine@MANIFEST") << alpine;
}

void TestImageStore::findsImagesByName()
{
    QFETCH(QString, name);
    QFETCH(const QString, found);
    const ImageStore store(pathsOf(home()));
    StoredImage alpine = addImage(store, QStringLiteral("alpine:3.20"), {"one"});
    alpine.index = *Digest::parse(QStringLiteral("sha256:") + QString(64, u'a'));
    QVERIFY(store.setName(alpine));
    QVERIFY(store.setName(addImage(store, QStringLiteral("debian"), {"two"})));
    name.replace(QLatin1String("MANIFEST"), alpine.manifest.digest.toString());
    const auto image = store.find(refOf(name));
    QCOMPARE(image ? image->ref.toString() : QString(), found);
    if (image)
        QCOMPARE(*image, alpine);
    else
        QVERIFY(image.error().code == ErrorCode::NotFound);
    QVERIFY(store.removeName(alpine.ref));
    QVERIFY(!store.find(refOf(name)));
    QCOMPARE(store.list()->size(), 1);
    QVERIFY(store.removeName(alpine.ref).error().code == ErrorCode::NotFound);
}

void TestImageStore::aNameMovesToAnotherImage()
{
    const ImageStore store(pathsOf(home()));
    const StoredImage old = addImage(store, QStringLiteral("app"), {"old"});
    const StoredImage fresh = addImage(store, QStringLiteral("app"), {"new"});
    QVERIFY(store.setName(old));
    QVERIFY(store.setName(fresh));
    QCOMPARE(store.list()->size(), 1);
    QCOMPARE(store.find(old.ref)->manifest.digest, fresh.manifest.digest);
}

void TestImageStore::givesNoNameToWhatIsNotThere()
{
    const ImageStore store(pathsOf(home()));
    const StoredImage image = addImage(store, QStringLiteral("app"), {"one", "two"});
    const auto manifest = ImageManifest::parse(*store.readBlob(image.manifest, ImageManifest::MaxJsonBytes));
    for (const Digest &digest :
         {manifest->layers[1].digest, manifest->config.digest, image.manifest.digest}) {
        QVERIFY(QFile::remove(store.blobPath(digest)));
        const auto named = store.setName(image);
        QVERIFY(!named);
        QVERIFY(named.error().code == ErrorCode::Corrupt);
        QVERIFY2(named.error().message.contains(digest.toString()), qPrintable(named.error().message));
    }
    QVERIFY(store.list()->isEmpty());
}

void TestImageStore::anImageCanBeRunFromIt()
{
    const Paths paths = pathsOf(home());
    const ImageStore store(paths);
    const StoredImage image = addImage(store, QStringLiteral("quay.io/me/app:2"), {QByteArray(1024, '\0')});
    QVERIFY(store.setName(image));
    const ImageLibrary library(paths);
    const auto info = library.resolve(refOf(QStringLiteral("quay.io/me/app:2")));
    QVERIFY2(info, info ? "" : qPrintable(info.error().message));
    QCOMPARE(info->digest, image.manifest.digest);
    QCOMPARE(info->added, image.added);
    QVERIFY(library.list().last().ref == image.ref);
    const auto disk = library.rootDisk(*info, Bytes::fromMebi(64));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QCOMPARE(test::diskComplaints(*disk), QByteArray());
    QVERIFY(QFileInfo(*disk).fileName().startsWith(image.manifest.digest.hex()));
}

void TestImageStore::saysHowToGetWhatIsNotThere()
{
    const auto image = ImageLibrary(pathsOf(home())).resolve(refOf(QStringLiteral("alpine")));
    QVERIFY(!image);
    QVERIFY(image.error().code == ErrorCode::NotFound);
    QCOMPARE(image.error().message,
             QStringLiteral(
                 "The image alpine:latest is not on this machine: 'boxgate pull alpine:latest' gets it"));
}

void TestImageStore::isALayoutForOtherTools()
{
    const ImageStore store(pathsOf(home()));
    const StoredImage image = addImage(store, QStringLiteral("alpine:3.20"), {"one"});
    QVERIFY(store.setName(image));
    QVERIFY(store.setName(addImage(store, QStringLiteral("debian"), {"two"})));
    const auto layout = OciLayout::open(store.directory());
    QVERIFY(layout);
    const auto found =
        layout->find(OciLayout::hostArchitecture(), QStringLiteral("docker.io/library/alpine:3.20"));
    QVERIFY2(found, found ? "" : qPrintable(found.error().message));
    QCOMPARE(found->digest, image.manifest.digest);
}

void TestImageStore::itsListSurvivesBeingWritten()
{
    StoredImage image;
    image.ref = refOf(QStringLiteral("localhost:5000/a/b/c@sha256:") + QString(64, u'0'));
    image.manifest = descriptorOf("m", mediatype::Manifest);
    image.manifest.architecture = QStringLiteral("arm64");
    image.manifest.os = QStringLiteral("linux");
    image.added = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5, 678), Qt::UTC);
    StoredImage other = image;
    other.ref = refOf(QStringLiteral("alpine"));
    other.index = Digest::ofBytes("i");
    const QList<StoredImage> images{image, other};
    const auto again = StoreIndex::parse(StoreIndex::toJson(images));
    QVERIFY(again);
    QCOMPARE(*again, images);
}

void TestImageStore::doesNotReadADamagedList_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no JSON") << QByteArray("{\"manifests\": [");
    QTest::newRow("no list") << QByteArray("{\"manifests\": {}}");
    QTest::newRow("no digest") << QByteArray("{\"manifests\": [{\"size\": 1}]}");
    QTest::newRow("far too large") << QByteArray(StoreIndex::MaxJsonBytes + 1, ' ');
}

void TestImageStore::doesNotReadADamagedList()
{
    QFETCH(const QByteArray, json);
    const ImageStore store(pathsOf(home()));
    const StoredImage image = addImage(store, QStringLiteral("app"), {"one"});
    QVERIFY(store.setName(image));
    QFile file(store.directory() + QStringLiteral("/index.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(json);
    file.close();
    QVERIFY(store.list().error().code == ErrorCode::Corrupt);
    QVERIFY(store.find(image.ref).error().code == ErrorCode::Corrupt);
    QVERIFY2(!store.setName(image), "a list that cannot be read is not replaced");
}

void TestImageStore::leavesOutForeignNames()
{
    const auto images = StoreIndex::parse("{\"manifests\":[{\"digest\":\"sha256:" + QByteArray(64, '0')
                                          + "\",\"size\":1,\"annotations\":"
                                            "{\"org.opencontainers.image.ref.name\":\"UPPER CASE\"}}]}");
    QVERIFY(images);
    QVERIFY(images->isEmpty());
}

void TestImageStore::readersSeeWholeLists()
{
    const QString folder = home();
    const ImageStore store(pathsOf(folder));
    QVERIFY(store.setName(addImage(store, QStringLiteral("first"), {"one"})));
    for (int round = 0; round < 3; ++round) {
        QProcess writers[2];
        for (QProcess &writer : writers)
            writer.start(QCoreApplication::applicationFilePath(),
                         {QStringLiteral("--names"), folder, &writer == writers ? "left" : "right"});
        for (QProcess &writer : writers)
            QVERIFY(writer.waitForReadyRead());
        for (int i = 0; i < 50; ++i) {
            const auto images = store.list();
            QVERIFY2(images, images ? "" : qPrintable(images.error().message));
            QVERIFY(store.find(refOf(QStringLiteral("first"))));
        }
        for (QProcess &writer : writers) {
            QVERIFY2(writer.state() == QProcess::Running, writer.readAllStandardError().constData());
            writer.kill();
            QVERIFY(writer.waitForFinished());
        }
        QVERIFY(store.list()->size() > 1);
    }
    QVERIFY(store.list()->size() <= 41);
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 4 && arguments[1] == u"--names")
        return changeNames(arguments[2], arguments[3]);
    TestImageStore test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_imagestore.moc"
