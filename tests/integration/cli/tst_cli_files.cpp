#include "tests/support/realhome.h"

#include <QCryptographicHash>
#include <QDir>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

#include <csignal>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");
const QString Box = QStringLiteral("files");

} // namespace

/// Files between the host and a box: cp both ways, and volumes.
class TestCliFiles : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;
    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const QString &name) const { return m_folder->filePath(name); }

    QString shell(const QString &script) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        QProcessEnvironment environment = m_home->environment();
        environment.insert("BG", RealHome::program("boxgate"));
        process.setProcessEnvironment(environment);
        process.start("sh", {"-c", script});
        process.waitForFinished(120'000);
        return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError()).trimmed();
    }

    Outcome inBox(const QString &script) const { return m_home->boxgate({"exec", Box, "sh", "-c", script}); }

private Q_SLOTS:
    void initTestCase()
    {
        m_home = std::make_unique<RealHome>();
        m_folder = std::make_unique<QTemporaryDir>();
        shell("mkdir rw ro; echo host >ro/f; echo host >rw/f");
        const Outcome made = m_home->boxgate(
            {"run", "-d", "--name", Box, "-v", path("rw") + ":/rw", "-v", path("ro") + ":/ro:ro", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
    }

    void cleanupTestCase()
    {
        m_home.reset();
        m_folder.reset();
    }

    void aTreeGoesInAndComesBack()
    {
        shell("mkdir -p src/sub src/empty; cd src; echo a >a; ln a sub/hard; ln -s /etc/passwd out; ln -s "
              "../a sub/in;"
              "printf x >'with space'; chmod 751 sub; chmod 600 a; truncate -s 5000000 holes; touch -d "
              "@1000000000.25 a;"
              "head -c 2000000 /dev/urandom >sub/big; mkfifo fifo");
        const Outcome in = m_home->boxgate({"cp", "--json", path("src"), Box + ":/srv"});
        QVERIFY2(in.exitCode == 0, in.toBytes());
        QVERIFY2(in.err.contains("1 devices, sockets, pipes"), in.toBytes());
        QCOMPARE(QJsonDocument::fromJson(in.out).object().value("left_out").toInt(), 1);
        QCOMPARE(inBox("cat /srv/src/sub/in; readlink /srv/src/out; stat -c '%a %u %h' /srv/src/a").out,
                 QByteArray("a\n/etc/passwd\n600 0 2\n"));
        const Outcome out = m_home->boxgate({"cp", Box + ":/srv/src", path("back")});
        QVERIFY2(out.exitCode == 0, out.toBytes());
        QCOMPARE(shell("diff -r --no-dereference -x fifo src back"), QString());
        const QString list =
            "cd %1; find . ! -type d ! -name fifo -printf '%p %y %m %s %T@ %n %l\\n' | sort; stat -c %a sub";
        QCOMPARE(shell(list.arg("back")), shell(list.arg("src")));
    }

    void streamsATarBothWays()
    {
        shell("mkdir -p t/d; echo t >t/d/f");
        QCOMPARE(shell("tar c t | \"$BG\" cp - files:/tmp/x && \"$BG\" exec files cat /tmp/x/t/d/f"),
                 QStringLiteral("t"));
        QCOMPARE(shell("\"$BG\" cp files:/tmp/x/t - | tar t | sort"), QStringLiteral("t/\nt/d/\nt/d/f"));
    }

    void aGigabyteKeepsItsHashBothWays()
    {
        constexpr int MiB = 1024;
        QFile file(path("big"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QByteArray piece(1 << 20, Qt::Uninitialized);
        QRandomGenerator random(11);
        QCryptographicHash sent(QCryptographicHash::Sha256);
        for (int i = 0; i < MiB; ++i) {
            random.fillRange(reinterpret_cast<quint32 *>(piece.data()), piece.size() / 4);
            sent.addData(piece);
            QCOMPARE(file.write(piece), piece.size());
        }
        file.close();
        const Outcome in = m_home->boxgate({"cp", path("big"), Box + ":/big"}, {}, 240s);
        QVERIFY2(in.exitCode == 0, in.toBytes());
        // Other streams are served meanwhile, and nobody holds much of it.
        const std::unique_ptr<QProcess> out = m_home->start({"cp", Box + ":/big", path("big2")});
        const Outcome other = m_home->boxgate({"exec", Box, "echo", "fine"}, {}, 60s);
        QCOMPARE(other.out, QByteArray("fine\n"));
        const QString status = "/proc/%1/status";
        qint64 most = 0;
        while (out->state() != QProcess::NotRunning && !out->waitForFinished(200)) {
            QFile proc(status.arg(out->processId()));
            if (proc.open(QIODevice::ReadOnly)) {
                const QByteArray text = proc.readAll();
                most = std::max(
                    most, text.mid(text.indexOf("VmHWM:") + 6).trimmed().split(' ').first().toLongLong());
            }
        }
        QCOMPARE(out->exitCode(), 0);
        QVERIFY2(most > 0 && most < 100 * 1024, QByteArray::number(most));
        QFile back(path("big2"));
        QVERIFY(back.open(QIODevice::ReadOnly));
        QCryptographicHash received(QCryptographicHash::Sha256);
        QVERIFY(received.addData(&back));
        QCOMPARE(received.result(), sent.result());
        QFile::remove(path("big"));
        QFile::remove(path("big2"));
        inBox("rm /big");
    }

    void cancellingLeavesNoHalfFile()
    {
        shell("truncate -s 4G hole; head -c 300000000 /dev/zero >slow");
        const std::unique_ptr<QProcess> copy = m_home->start({"cp", path("slow"), Box + ":/tmp/slow"});
        QTRY_VERIFY_WITH_TIMEOUT(inBox("ls -A /tmp").out.contains(".boxgate-"), 30'000);
        ::kill(pid_t(copy->processId()), SIGINT);
        QTRY_COMPARE_WITH_TIMEOUT(copy->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(copy->exitCode(), 130);
        QTRY_VERIFY_WITH_TIMEOUT(!inBox("ls -A /tmp").out.contains("slow")
                                     && !inBox("ls -A /tmp").out.contains(".boxgate-"),
                                 20'000);
        QFile::remove(path("slow"));
    }

    void sentencesSayWhatIsWrong_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("says");
        QTest::newRow("no file here") << QStringList{"HERE/nothing", "files:/"} << "nothing: No such file";
        QTest::newRow("no file there")
            << QStringList{"files:/nothing", "HERE/x"} << "in the box, /nothing: No such file";
        QTest::newRow("no folder there")
            << QStringList{"HERE/ro/f", "files:/no/such/x"} << "in the box, /no/such: No such";
        QTest::newRow("no folder here")
            << QStringList{"files:/etc/passwd", "HERE/no/such/x"} << "No such file";
        QTest::newRow("read-only volume")
            << QStringList{"HERE/rw/f", "files:/ro/g"} << "Read-only file system";
        QTest::newRow("neither is a box") << QStringList{"a", "b"} << "write BOX:PATH";
        QTest::newRow("no such box") << QStringList{"a", "nobox:/"} << "There is no box nobox";
        QTest::newRow("a stopped box")
            << QStringList{"HERE/ro/f", "idle:/"} << "start it first with 'boxgate start idle'";
    }

    void sentencesSayWhatIsWrong()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, says);
        if (m_home->state("idle").isEmpty())
            QCOMPARE(m_home->boxgate({"create", "--name", "idle", Image}).exitCode, 0);
        arguments.replaceInStrings("HERE", m_folder->path());
        const Outcome ran = m_home->boxgate(QStringList{"cp"} + arguments);
        QCOMPARE(ran.exitCode, 125);
        QVERIFY2(ran.err.contains(says.toUtf8()), ran.toBytes());
        QCOMPARE(ran.err.count('\n'), 1);
    }

    void volumesCarryFilesBothWays()
    {
        QCOMPARE(inBox("cat /rw/f /ro/f; echo guest >/rw/g; mkdir /rw/d; ln -s f /rw/l; chmod 640 /rw/g").out,
                 QByteArray("host\nhost\n"));
        QCOMPARE(shell("cat rw/g; readlink rw/l; stat -c %a rw/g"), QStringLiteral("guest\nf\n640"));
    }

    void theDeviceEnforcesReadOnly()
    {
        // Root in the box may mount it anew as it likes.
        const Outcome tried =
            inBox("mount -o remount,rw /ro; mount | grep ' /ro '; echo evil >/ro/f; echo new >/ro/n;"
                  "rm /ro/f; chmod 777 /ro/f; true");
        QVERIFY2(tried.out.contains("rw,"), tried.toBytes()); // it believes so
        QCOMPARE(shell("cat ro/f; ls ro"), QStringLiteral("host\nf"));
    }

    void aMissingVolumeIsASentence()
    {
        const Outcome ran = m_home->boxgate({"run", "--rm", "-v", path("none") + ":/x", Image, "true"});
        QCOMPARE(ran.exitCode, 125);
        QVERIFY2(ran.err.contains("There is no folder"), ran.toBytes());
    }
};

QTEST_GUILESS_MAIN(TestCliFiles)
#include "tst_cli_files.moc"
