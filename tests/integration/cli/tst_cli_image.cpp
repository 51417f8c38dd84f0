#include "core/image/ocilayout.h"
#include "core/image/ociwriter.h"
#include "resources/builtin/busyboxfiles.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QJsonArray>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

/// What an image's configuration does to a box, with an image of the test's own.
class TestCliImage : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_share;
    std::unique_ptr<RealHome> m_home;

    /// The programs' own files, and one image more.
    void makeShare()
    {
        const QString real = QStringLiteral(BOXGATE_SHARE_DIR);
        m_share = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir().mkpath(m_share->filePath("images")));
        QVERIFY(QFile::link(real + "/initramfs.cpio", m_share->filePath("initramfs.cpio")));
        QVERIFY(QFile::link(real + "/images/busybox", m_share->filePath("images/busybox")));
        QFile busybox("/bin/busybox");
        QVERIFY(busybox.open(QIODevice::ReadOnly));
        QList<LayerFile> files =
            busyboxFiles(busybox.readAll(), {"sh", "id", "pwd", "cat", "sleep", "echo", "true"});
        LayerFile program;
        program.path = "entry";
        program.attributes.type = FileType::Regular;
        program.attributes.mode = 0755;
        program.contents = "#!/bin/sh\ntrap 'echo quit; exit 3' QUIT\n"
                           "echo \"$@\" in $(pwd) as $(id -u):$(id -g) with $FROM\n[ \"$1\" = wait ] && "
                           "while :; do sleep 0.1; done\nexit 5\n";
        files.append(program);
        OciWriter writer(m_share->filePath("images/server"));
        const Result<QByteArray> tar = packTar(files);
        QVERIFY(tar && writer.addLayer(*tar));
        ImageConfig config;
        config.architecture = OciLayout::hostArchitecture();
        config.os = "linux";
        config.entrypoint = {"/entry"};
        config.command = {"default", "words"};
        config.environment = {"PATH=/bin", "FROM=image"};
        config.workingDirectory = "/tmp";
        config.user = "1234:99";
        config.stopSignal = "SIGQUIT";
        config.exposedPorts = {"53/udp", "80/tcp"};
        config.volumes = {"/data"};
        config.labels = {{"maker", "us"}};
        QVERIFY(writer.finish(config, "latest"));
        qputenv("BOXGATE_SHARE", QFile::encodeName(m_share->path()));
    }

private Q_SLOTS:
    void initTestCase()
    {
        makeShare();
        m_home = std::make_unique<RealHome>();
    }
    void cleanupTestCase()
    {
        m_home.reset();
        m_share.reset();
    }

    void runsWhatTheImageSays_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<int>("status");
        const QStringList none;
        QTest::newRow("entrypoint and command")
            << none << none << QByteArray("default words in /tmp as 1234:99 with image\n") << 5;
        QTest::newRow("another command")
            << none << QStringList{"other"} << QByteArray("other in /tmp as 1234:99 with image\n") << 5;
        QTest::newRow("the box's own wishes") << QStringList{"-w", "/", "-u", "0", "-e", "FROM=box"} << none
                                              << QByteArray("default words in / as 0:0 with box\n") << 5;
        QTest::newRow("another entrypoint")
            << QStringList{"--entrypoint", "echo"} << QStringList{"a", "b"} << QByteArray("a b\n") << 0;
        QTest::newRow("no entrypoint")
            << QStringList{"--entrypoint", ""} << QStringList{"pwd"} << QByteArray("/tmp\n") << 0;
    }

    void runsWhatTheImageSays()
    {
        QFETCH(QStringList, options);
        QFETCH(QStringList, command);
        const Outcome ran = m_home->boxgate(QStringList{"run", "--rm", "-q"} + options
                                            + QStringList{"builtin/server"} + command);
        QFETCH(int, status);
        QVERIFY2(ran.exitCode == status, ran.toBytes());
        QTEST(ran.out, "out");
    }

    void stopsByItsSignalAndTellsItsPorts()
    {
        const Outcome made =
            m_home->boxgate({"run", "-d", "--name", "srv", "-p", "18080:80", "builtin/server", "wait"});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        QVERIFY2(made.err.contains("listens on 53/udp: 'boxgate port add srv 53/udp'"), made.toBytes());
        const QJsonObject config = m_home->inspect("srv").value("image_config").toObject();
        QCOMPARE(config.value("exposed_ports").toArray().size(), 2);
        QCOMPARE(config.value("volumes").toArray(), QJsonArray{"/data"});
        QCOMPARE(config.value("labels").toObject().value("maker").toString(), "us");
        QCOMPARE(config.value("stop_signal").toString(), "SIGQUIT");
        QCOMPARE(m_home->inspect("srv").value("open_ports").toArray().size(),
                 1); // none but the one asked for
        QTRY_VERIFY(m_home->boxgate({"logs", "srv"}).out.startsWith("wait in")); // it has set its trap
        QCOMPARE(m_home->boxgate({"stop", "srv"}).exitCode, 0);
        const Outcome logs = m_home->boxgate({"logs", "srv"});
        QVERIFY2(logs.out.endsWith("quit\n"), logs.toBytes());
    }

    void staysUpIdleWhenAskedTo()
    {
        const Outcome made = m_home->boxgate({"run", "-q", "--idle", "--name", "idle", "builtin/server"});
        QVERIFY2(made.exitCode == 0 && made.out == "idle\n", made.toBytes());
        QCOMPARE(m_home->boxgate({"exec", "idle", "pwd"}).out, QByteArray("/tmp\n"));
        QCOMPARE(m_home->boxgate({"run", "--idle", "builtin/server", "x"}).exitCode, 125);
    }
};

QTEST_GUILESS_MAIN(TestCliImage)
#include "tst_cli_image.moc"
