#include "core/image/archive/enginearchive.h"
#include "core/image/archive/imageloader.h"
#include "core/image/archive/imagesaver.h"
#include "tests/core/image/archive/archivefixture.h"
#include "tests/support/diskcheck.h"

#include <QTest>

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

using namespace boxgate;

namespace {

/// Runs a program to its end; its words when it fails.
QByteArray complaintOf(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForStarted())
        return "cannot start " + program.toLocal8Bit();
    process.waitForFinished(120'000);
    return process.exitCode() == 0 && process.exitStatus() == QProcess::NormalExit
        ? QByteArray()
        : program.toLocal8Bit() + ": " + process.readAll();
}

Result<void> saveTo(const QString &path, const ImageInfo &image)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(savedArchive(image)) < 1)
        return fail(ErrorCode::Io, file.errorString());
    return {};
}

Result<QList<StoredImage>> load(const ImageStore &store, const QString &path, const QString &name = {})
{
    ImageLoader loader(store, {}, CancelToken());
    if (QFileInfo(path).isDir())
        return loader.loadFolder(path, name);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, file.errorString());
    return loader.loadArchive(
        [&](char *data, qint64 size) -> Result<qint64> { return file.read(data, size); }, name);
}

} // namespace

/// Images go to the distribution's tools and come back.
class TestArchiveTools : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_homes = 0;

    QString path(const char *name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    QString home() { return m_folder.filePath(QStringLiteral("home%1").arg(++m_homes)); }
    /// app:2 of two layers, one of them compressed, in a store of its own.
    ImageInfo original(const Paths &paths) const;

private Q_SLOTS:
    void skopeoBringsItBack_data();
    void skopeoBringsItBack();
    void umociReadsWhatWasSaved();
    void umociImagesCanBeLoaded();
    void buildahImagesCanBeLoaded();
    void enginesHandOverTheirImages_data();
    void enginesHandOverTheirImages();
};

ImageInfo TestArchiveTools::original(const Paths &paths) const
{
    DockerArchive docker;
    docker.layers[0] = *packGzip(docker.layers[0]);
    const auto loaded =
        ImageLoader(ImageStore(paths), {}, CancelToken()).loadArchive(pieces(docker.packed()), {});
    if (!loaded)
        qFatal("%s", qPrintable(loaded.error().message));
    return *ImageLibrary(paths).resolve(loaded->first().ref);
}

void TestArchiveTools::skopeoBringsItBack_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("result");
    const QString oci = QStringLiteral("oci-archive:%1/saved.tar");
    const QString docker = QStringLiteral("docker-archive:%1/saved.tar");
    QTest::newRow("layout to layout") << oci << "oci:%1/layout:app:2"
                                      << "layout";
    QTest::newRow("layout to layout in a tar") << oci << "oci-archive:%1/oci.tar:app:2"
                                               << "oci.tar";
    QTest::newRow("layout to docker's archive") << oci << "docker-archive:%1/docker.tar:app:2"
                                                << "docker.tar";
    QTest::newRow("docker's half to a layout") << docker << "oci:%1/layout2:app:2"
                                               << "layout2";
    QTest::newRow("docker's half to docker's archive") << docker << "docker-archive:%1/docker2.tar:app:2"
                                                       << "docker2.tar";
}

void TestArchiveTools::skopeoBringsItBack()
{
    QFETCH(const QString, from);
    QFETCH(const QString, to);
    QFETCH(const QString, result);
    const ImageInfo image = original(pathsOf(home()));
    QVERIFY(saveTo(path("saved.tar"), image));
    QCOMPARE(complaintOf(QStringLiteral("skopeo"),
                         {"--insecure-policy", "copy", from.arg(m_folder.path()), to.arg(m_folder.path())}),
             QByteArray());
    const Paths paths = pathsOf(home());
    const auto loaded = load(ImageStore(paths), m_folder.filePath(result));
    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
    QCOMPARE(loaded->first().ref.toString(), "app:2");
    const auto again = ImageLibrary(paths).resolve(loaded->first().ref);
    QVERIFY(again);
    QCOMPARE(again->config.diffIds, image.config.diffIds);
    const auto disk = ImageLibrary(paths).rootDisk(*again, Bytes::fromMebi(64));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QCOMPARE(test::diskComplaints(*disk), QByteArray());
}

void TestArchiveTools::umociReadsWhatWasSaved()
{
    const ImageInfo image = original(pathsOf(home()));
    QVERIFY(ImageSaver({}, CancelToken()).toFolder({image}, path("forumoci")));
    QCOMPARE(complaintOf(QStringLiteral("umoci"),
                         {"unpack", "--rootless", "--image", path("forumoci") + ":docker.io/library/app:2",
                          path("unpacked")}),
             QByteArray());
    QVERIFY(QFileInfo::exists(path("unpacked/rootfs/a")));
    QVERIFY(QFileInfo::exists(path("unpacked/rootfs/b")));
}

void TestArchiveTools::umociImagesCanBeLoaded()
{
    const QString layout = path("umoci");
    const QString image = layout + QStringLiteral(":2");
    QCOMPARE(complaintOf(QStringLiteral("umoci"), {"init", "--layout", layout}), QByteArray());
    QCOMPARE(complaintOf(QStringLiteral("umoci"), {"new", "--image", image}), QByteArray());
    QCOMPARE(complaintOf(QStringLiteral("umoci"),
                         {"insert", "--rootless", "--image", image, QStringLiteral(TEST_SOURCE),
                          QStringLiteral("/source")}),
             QByteArray());
    const Paths paths = pathsOf(home());
    const auto unnamed = load(ImageStore(paths), layout);
    QVERIFY(!unnamed);
    QVERIFY(unnamed.error().code == ErrorCode::InvalidArgument);
    const auto loaded = load(ImageStore(paths), layout, QStringLiteral("app"));
    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
    QCOMPARE(loaded->first().ref.toString(), "app:2");
    const auto found = ImageLibrary(paths).resolve(loaded->first().ref);
    const auto disk = ImageLibrary(paths).rootDisk(*found, Bytes::fromMebi(64));
    QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
    QCOMPARE(test::diskComplaints(*disk), QByteArray());
}

void TestArchiveTools::buildahImagesCanBeLoaded()
{
    const QStringList storage{"--storage-driver", "vfs",       "--root",
                              path("buildah"),    "--runroot", path("buildahrun")};
    const auto buildah = [&](const QStringList &arguments) {
        return complaintOf(QStringLiteral("buildah"), storage + arguments);
    };
    QCOMPARE(buildah({"from", "--name", "work", "scratch"}), QByteArray());
    QCOMPARE(buildah({"copy", "work", QStringLiteral(TEST_SOURCE), "/source"}), QByteArray());
    QCOMPARE(buildah({"config", "--cmd", "/source", "work"}), QByteArray());
    QCOMPARE(buildah({"commit", "--signature-policy", QStringLiteral(TEST_POLICY), "work",
                      "docker-archive:" + path("buildah.tar") + ":localhost/app:2"}),
             QByteArray());
    QCOMPARE(buildah({"commit", "--signature-policy", QStringLiteral(TEST_POLICY), "work",
                      "oci-archive:" + path("buildahoci.tar") + ":localhost/app:2"}),
             QByteArray());
    for (const char *archive : {"buildah.tar", "buildahoci.tar"}) {
        const Paths paths = pathsOf(home());
        const auto loaded = load(ImageStore(paths), path(archive));
        QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
        QCOMPARE(loaded->first().ref.toString(), "localhost/app:2");
        const auto image = ImageLibrary(paths).resolve(loaded->first().ref);
        QCOMPARE(image->config.command, QStringList{QStringLiteral("/source")});
        const auto disk = ImageLibrary(paths).rootDisk(*image, Bytes::fromMebi(64));
        QVERIFY2(disk, disk ? "" : qPrintable(disk.error().message));
        QCOMPARE(test::diskComplaints(*disk), QByteArray());
    }
}

void TestArchiveTools::enginesHandOverTheirImages_data()
{
    QTest::addColumn<int>("engine");
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    const int docker = int(ContainerEngine::Docker);
    const int podman = int(ContainerEngine::Podman);
    const QString saves = QStringLiteral("#!/bin/sh\ntest \"$*\" = '%1' && cat '%2'\n");
    QTest::newRow("docker") << docker << saves.arg(QStringLiteral("save -- app:2"), path("engine.tar")) << ""
                            << "";
    QTest::newRow("podman") << podman
                            << saves.arg(QStringLiteral("save --format=docker-archive -- app:2"),
                                         path("engine.tar"))
                            << ""
                            << "";
    QTest::newRow("no such image") << docker << "#!/bin/sh\necho 'no such image: app:2' >&2\nexit 1\n"
                                   << "unavailable"
                                   << "no such image: app:2";
    QTest::newRow("an end in the middle")
        << docker
        << QStringLiteral("#!/bin/sh\nhead -c 2000 '%1'\necho broken >&2\nexit 1\n").arg(path("engine.tar"))
        << "unavailable"
        << "broken";
    QTest::newRow("a failure after all")
        << docker << QStringLiteral("#!/bin/sh\ncat '%1'\nexit 3\n").arg(path("engine.tar")) << "unavailable"
        << "without the image";
    QTest::newRow("not installed") << docker << ""
                                   << "not-found"
                                   << "docker was not found";
}

void TestArchiveTools::enginesHandOverTheirImages()
{
    QFETCH(const int, engine);
    QFETCH(const QString, script);
    QFETCH(const QString, code);
    QFETCH(const QString, words);
    QVERIFY(saveTo(path("engine.tar"), original(pathsOf(home()))));
    QTemporaryDir programs;
    if (!script.isEmpty()) {
        QFile program(programs.filePath(engine == int(ContainerEngine::Docker) ? "docker" : "podman"));
        QVERIFY(program.open(QIODevice::WriteOnly));
        program.write(script.toUtf8());
        program.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    }
    const QByteArray before = qgetenv("PATH");
    qputenv("PATH", QFile::encodeName(programs.path()) + (script.isEmpty() ? QByteArray() : ":" + before));
    EngineArchive archive;
    const Result<void> started = archive.start(ContainerEngine(engine), QStringLiteral("app:2"));
    qputenv("PATH", before);
    Result<QList<StoredImage>> loaded = fail(started ? Error() : started.error());
    if (started)
        loaded =
            ImageLoader(ImageStore(pathsOf(home())), {}, CancelToken()).loadArchive(archive.source(), {});
    const Result<void> finished = started ? archive.finish() : started;
    const Result<void> result = loaded ? finished : Result<void>(fail(loaded.error()));
    QCOMPARE(result ? QString() : toString(result.error().code), code);
    if (!result)
        QVERIFY2(result.error().message.contains(words), qPrintable(result.error().message));
}

QTEST_GUILESS_MAIN(TestArchiveTools)
#include "tst_archivetools.moc"
