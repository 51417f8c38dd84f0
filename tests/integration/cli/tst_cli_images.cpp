#include "tests/support/realhome.h"

#include <QTest>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>

using namespace boxgate::test;

/// `boxgate images` and `boxgate image ...`, by the programs of this build; no box is started.
class TestCliImages : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;
    QTemporaryDir m_folder;

    QString saved() const { return m_folder.filePath(QStringLiteral("saved.tar")); }
    Outcome run(const QStringList &arguments, const QByteArray &input = {}) const
    {
        return m_home->boxgate(arguments, input);
    }
    QStringList names() const
    {
        return QString::fromUtf8(run({"images", "-q"}).out).split(u'\n', Qt::SkipEmptyParts);
    }

private Q_SLOTS:
    void init()
    {
        m_home = std::make_unique<RealHome>();
        if (!QFile::exists(saved())) {
            const Outcome made = run({"image", "save", "-o", saved(), "builtin/busybox"});
            QVERIFY2(made.exitCode == 0, made.toBytes());
        }
    }

    void loadsAndShowsAnImage()
    {
        const Outcome loaded = run({"image", "load", "--name", "app:2", saved()});
        QVERIFY2(loaded.exitCode == 0, loaded.toBytes());
        QCOMPARE(loaded.out, "app:2\n");
        QCOMPARE(names(), (QStringList{"builtin/busybox", "app:2"}));
        const Outcome inspected = run({"image", "inspect", "app:2"});
        QVERIFY2(inspected.exitCode == 0, inspected.toBytes());
        const QJsonObject image = QJsonDocument::fromJson(inspected.out).array().first().toObject();
        QCOMPARE(image.value("name").toString(), "app:2");
        QCOMPARE(image.value("layers").toArray().size(), 1);
        QVERIFY(!image.value("config").toObject().value("environment").toArray().isEmpty());
        const QString digest = image.value("digest").toString();
        QCOMPARE(run({"image", "inspect", digest.mid(7, 8)}).exitCode, 0);
        QVERIFY(run({"image", "history", "app:2"}).out.contains("CREATED"));
        const QJsonArray listed = QJsonDocument::fromJson(run({"image", "ls", "--json"}).out).array();
        QCOMPARE(listed.size(), 2);
        QCOMPARE(listed.last().toObject().value("digest").toString(), digest);
    }

    void loadsFromAPipeAndAFolder()
    {
        QFile file(saved());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const Outcome piped = run({"image", "load", "--json", "--name", "piped", "-"}, file.readAll());
        QVERIFY2(piped.exitCode == 0, piped.toBytes());
        const QJsonObject event = QJsonDocument::fromJson(piped.out.trimmed().split('\n').last()).object();
        QCOMPARE(event.value("event").toString(), "image");
        QCOMPARE(event.value("name").toString(), "piped:latest");
        const QString folder = m_home->path() + QStringLiteral("/layout/");
        const Outcome out = run({"image", "save", "-o", folder, "piped"});
        QVERIFY2(out.exitCode == 0, out.toBytes());
        const Outcome back = run({"image", "load", "--name", "back", folder});
        QVERIFY2(back.exitCode == 0, back.toBytes());
        QVERIFY(names().contains("back:latest"));
        const Outcome toPipe = run({"image", "save", "-o", "-", "piped", "back"});
        QVERIFY2(toPipe.exitCode == 0, toPipe.toBytes());
        QVERIFY(toPipe.out.contains("io.containerd.image.name"));
    }

    void keepsWhatBoxesUse()
    {
        QCOMPARE(run({"image", "load", "--name", "app:2", saved()}).exitCode, 0);
        QCOMPARE(run({"create", "--name", "web", "app:2"}).exitCode, 0);
        const Outcome refused = run({"image", "rm", "app:2"});
        QCOMPARE(refused.exitCode, 125);
        QVERIFY2(refused.err.contains("is used by box web"), refused.toBytes());
        QCOMPARE(run({"image", "prune", "--all"}).exitCode, 0);
        QVERIFY(names().contains("app:2"));
        QCOMPARE(run({"rm", "web"}).exitCode, 0);
        const Outcome removed = run({"image", "rm", "app:2"});
        QVERIFY2(removed.exitCode == 0, removed.toBytes());
        const Outcome dry = run({"image", "prune", "--dry-run"});
        QVERIFY2(dry.out.startsWith("Would give back"), dry.toBytes());
        const QJsonObject report = QJsonDocument::fromJson(run({"image", "prune", "--json"}).out).object();
        QCOMPARE(report.value("files").toInt(), 3);
        QCOMPARE(report.value("total_bytes").toInt(-1), 0);
        QVERIFY(QDir(m_home->path() + QStringLiteral("/images/blobs/sha256")).isEmpty());
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no file") << QStringList{"image", "load", "/no/such"} << "Cannot load /no/such: ";
        QTest::newRow("no archive") << QStringList{"image", "load", "/etc/passwd"} << "not an image archive";
        QTest::newRow("a folder that is none")
            << QStringList{"image", "load", "/etc"} << "not an OCI image layout";
        QTest::newRow("no name") << QStringList{"image", "load", "SAVED"} << "give it one with --name";
        QTest::newRow("a builtin name")
            << QStringList{"image", "load", "--name", "builtin/x", "SAVED"} << "builtin";
        QTest::newRow("no such engine")
            << QStringList{"image", "load", "--from", "lxc", "x"} << "docker or podman";
        QTest::newRow("no such image")
            << QStringList{"image", "rm", "nothing"} << "'boxgate pull nothing:latest'";
        QTest::newRow("no such image to inspect")
            << QStringList{"image", "inspect", "nothing"} << "boxgate pull";
        QTest::newRow("builtin images stay") << QStringList{"image", "rm", "builtin/busybox"} << "stays";
        QTest::newRow("nowhere to save to") << QStringList{"image", "save", "builtin/busybox"} << "-o FILE";
        QTest::newRow("a folder that is not there")
            << QStringList{"image", "save", "-o", "/no/such/file", "builtin/busybox"}
            << "Cannot write /no/such/file";
        QTest::newRow("no limit") << QStringList{"image", "limit", "much"} << "much";
    }

    void saysWhatIsWrong()
    {
        QFETCH(QStringList, arguments);
        QFETCH(const QString, sentence);
        arguments.replaceInStrings(QStringLiteral("SAVED"), saved());
        const Outcome outcome = run(arguments);
        QCOMPARE(outcome.exitCode, 125);
        QVERIFY2(outcome.err.startsWith("boxgate: "), outcome.toBytes());
        QVERIFY2(QString::fromUtf8(outcome.err).contains(sentence), outcome.toBytes());
        QCOMPARE(outcome.err.count('\n'), 1);
    }

    void keepsTheLimit()
    {
        QCOMPARE(run({"image", "limit"}).out, "none\n");
        QCOMPARE(run({"image", "limit", "512k"}).out, "512 KiB\n");
        const Outcome refused = run({"image", "load", "--name", "app", saved()});
        QCOMPARE(refused.exitCode, 125);
        QVERIFY2(refused.err.contains("Images may take 512 KiB"), refused.toBytes());
        QVERIFY(!names().contains("app:latest"));
        QCOMPARE(run({"image", "limit", "none"}).out, "none\n");
        QCOMPARE(run({"image", "load", "--name", "app", saved()}).exitCode, 0);
        QCOMPARE(run({"image", "limit", "512k"}).exitCode, 0);
        const Outcome pruned = run({"image", "prune"});
        QVERIFY2(pruned.out.contains("No box uses app:latest"), pruned.toBytes());
        QVERIFY(names().contains("app:latest"));
        QVERIFY(run({"image", "prune", "--to-limit"}).out.startsWith("Removed app:latest\n"));
        QVERIFY(!names().contains("app:latest"));
    }

    void completesImages()
    {
        QCOMPARE(run({"image", "load", "--name", "app:2", saved()}).exitCode, 0);
        QVERIFY(run({"__complete", "image", "rm", "a"}).out.contains("app:2"));
        QVERIFY(run({"__complete", "image", "pr"}).out.contains("prune"));
    }
};

QTEST_GUILESS_MAIN(TestCliImages)
#include "tst_cli_images.moc"
