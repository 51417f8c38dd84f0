#include "tests/integration/cli/leftovers.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");

/// One entry of a cpio archive of the format "newc".
/// Source   Linux Documentation/driver-api/early-userspace/buffer-format.rst
QByteArray cpioEntry(const QByteArray &name, uint mode, const QByteArray &content = {}, uint major = 0,
                     uint minor = 0)
{
    static uint inode = 0;
    QByteArray entry = "070701";
    for (const uint field : {++inode, mode, 0u, 0u, 1u, 0u, uint(content.size()), 0u, 0u, major, minor,
                             uint(name.size() + 1), 0u})
        entry += QByteArray::number(field, 16).rightJustified(8, '0');
    const auto align = [&entry] { entry.append((4 - entry.size() % 4) % 4, '\0'); };
    entry += name + '\0';
    align();
    entry += content;
    align();
    return entry;
}

QByteArray fileContent(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

/// A host that does not play along: disks that are full or read-only, a guest that is silent, a runner that
/// is frozen. Each gets one clear sentence, and nothing is left behind.
class TestCliBadHost : public QObject
{
    Q_OBJECT

    /// Runs a shell script in a mount namespace of its own, where it mounts what it likes on its home.
    /// It begins in the home's directory; $BOXGATE is the program.
    static Outcome inNamespace(const RealHome &home, const QString &script)
    {
        QProcess process;
        QProcessEnvironment environment = home.environment();
        environment.insert(QStringLiteral("BOXGATE"), RealHome::program(QStringLiteral("boxgate")));
        process.setProcessEnvironment(environment);
        // Without privileges a user namespace gives them; root does without, which works in a chroot, too.
        QStringList words{QStringLiteral("-m")};
        if (::getuid() != 0)
            words.append(QStringLiteral("-r"));
        words += {QStringLiteral("sh"), QStringLiteral("-c"), script};
        process.setWorkingDirectory(home.path());
        process.start(QStringLiteral("unshare"), words);
        Outcome outcome;
        if (process.waitForFinished(90'000))
            outcome.exitCode = process.exitCode();
        outcome.out = process.readAllStandardOutput();
        outcome.err = process.readAllStandardError();
        return outcome;
    }

    static void checkSentence(const Outcome &outcome, const QString &sentence)
    {
        QVERIFY2(outcome.exitCode == 125, outcome.toBytes());
        QVERIFY2(outcome.err.startsWith("boxgate: "), outcome.toBytes());
        QVERIFY2(QString::fromUtf8(outcome.err).contains(sentence), outcome.toBytes());
    }

    /// A share directory whose initramfs is another; everything else in it is the build's own.
    static void makeShare(const QString &share, const QByteArray &initramfs)
    {
        const QString own = RealHome::program(QStringLiteral("../share/boxgate"));
        QVERIFY(QDir().mkpath(share));
        QVERIFY(QFile::link(own + QStringLiteral("/images"), share + QStringLiteral("/images")));
        QFile file(share + QStringLiteral("/initramfs.cpio"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(initramfs), initramfs.size());
    }

private Q_SLOTS:
    void initTestCase()
    {
        const RealHome home;
        // unshare(1) of util-linux; some systems and containers forbid it.
        const Outcome mounted = inNamespace(home, QStringLiteral("mount -t tmpfs -o size=1m none ."));
        m_hasNamespaces = mounted.exitCode == 0;
    }

    void badDisks_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("sentence");
        const QString make =
            QStringLiteral("$BOXGATE create --name web builtin/busybox >/dev/null || exit 98; ");
        const QString fill = QStringLiteral("dd if=/dev/zero of=fill bs=4k 2>/dev/null; ");
        QTest::newRow("too full to create")
            << "mount -t tmpfs -o size=32m none .; cd $PWD; $BOXGATE create --name web builtin/busybox"
            << "MiB are left on the disk of";
        QTest::newRow("full to the last byte")
            << "mount -t tmpfs -o size=80m none .; cd $PWD; " + make + fill + "$BOXGATE start web"
            << "no space is left on its disk";
        // Room for the database and the records, none for the disk; with more room it starts.
        QTest::newRow("full while the root disk is made")
            << "mount -t tmpfs -o size=160m none .; cd $PWD; " + make + fill
                + "truncate -s -600K fill; $BOXGATE start web; s=$?; [ -e boxes/*/disk.qcow2 ] && echo "
                  "half-made disk; "
                  "rm fill; $BOXGATE start web >/dev/null || exit 97; $BOXGATE rm -f web || exit 96; (exit "
                  "$s)"
            << "Box web did not start: Cannot make the root disk of the image: ";
        QTest::newRow("read-only from the beginning")
            << "mount -t tmpfs -o ro none .; cd $PWD; $BOXGATE create --name web builtin/busybox"
            << "is not writable: change its permissions or choose another with --home";
        QTest::newRow("read-only later")
            << "mount -t tmpfs none .; cd $PWD; " + make + "mount -o remount,bind,ro $PWD; $BOXGATE start web"
            << "is not writable: change its permissions or choose another with --home";
    }

    void badDisks()
    {
        if (!m_hasNamespaces)
            QSKIP("this system lets nobody mount a file system");
        QFETCH(QString, script);
        QFETCH(QString, sentence);
        const RealHome home;
        const Outcome outcome = inNamespace(home, script + "; s=$?; find . -name '*.part'; exit $s");
        checkSentence(outcome, sentence);
        QVERIFY2(!outcome.out.contains(".part") && !outcome.out.contains("half-made"), outcome.toBytes());
        QTRY_COMPARE(leftovers(home), QStringList());
    }

    void badGuests_data()
    {
        QTest::addColumn<QByteArray>("program");
        QTest::addColumn<QString>("sentence");
        QTest::addColumn<QString>("console");
        QTest::newRow("panics while it boots")
            << QByteArray() << "Box web did not start: The guest's kernel panicked"
            << "Kernel panic";
        // busybox as /init is an init, and no agent. This row takes the minute that tcg is given.
        QTest::newRow("never answers")
            << fileContent(QStringLiteral("/bin/busybox"))
            << "Box web did not start: The guest's agent did not answer within 60 s"
            << "";
    }

    void badGuests()
    {
        QFETCH(QByteArray, program);
        QFETCH(QString, sentence);
        QFETCH(QString, console);
        const RealHome home;
        const QString share = home.path() + QStringLiteral("/share");
        QByteArray initramfs;
        initramfs += cpioEntry("dev", 040755) + cpioEntry("dev/console", 020600, {}, 5, 1);
        if (!program.isEmpty())
            initramfs += cpioEntry("init", 0100755, program);
        initramfs += cpioEntry("TRAILER!!!", 0);
        makeShare(share, initramfs);
        QCOMPARE(home.boxgate({"create", "--name", "web", Image}).exitCode, 0);
        QProcess process;
        QProcessEnvironment environment = home.environment();
        environment.insert(QStringLiteral("BOXGATE_SHARE"), share);
        environment.insert(QStringLiteral("BOXGATE_ACCEL"), QStringLiteral("tcg"));
        process.setProcessEnvironment(environment);
        process.start(RealHome::program(QStringLiteral("boxgate")), {"start", "web"});
        QVERIFY(process.waitForFinished(90'000));
        const Outcome started{process.exitCode(), process.readAllStandardOutput(),
                              process.readAllStandardError()};
        checkSentence(started, sentence);
        QVERIFY2(started.err.contains("The guest's console ended with:"), started.toBytes());
        QTRY_COMPARE(leftovers(home), QStringList());
        QCOMPARE(home.state("web"), "failed");
        const QJsonObject exit = home.inspect("web").value("last_exit").toObject();
        QCOMPARE(exit.value("stage").toString(), "booting");
        QVERIFY(!exit.value("console_tail").toString().isEmpty());
        QVERIFY(exit.value("console_tail").toString().contains(console));
        QVERIFY(home.boxgate({"logs", "--console", "web"}).out.contains(console.toUtf8()));
        QCOMPARE(home.boxgate({"start", "web"}).exitCode, 0); // with the real agent
    }

    void frozenRunners_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<QString>("state");
        QTest::newRow("kill") << QStringList{"kill", "web"} << "failed";
        QTest::newRow("rm -f") << QStringList{"rm", "-f", "web"} << "";
    }

    void frozenRunners()
    {
        QFETCH(QStringList, command);
        const RealHome home;
        QCOMPARE(home.boxgate({"run", "--name", "web", Image}).exitCode, 0);
        const qint64 runner = home.processes("boxgate-runner").value(0);
        QVERIFY(runner > 0);
        QCOMPARE(::kill(pid_t(runner), SIGSTOP), 0);
        checkSentence(home.boxgate({"stop", "web"}), "does not answer: 'boxgate kill web' ends it");
        QElapsedTimer elapsed;
        elapsed.start();
        const Outcome ended = home.boxgate(command);
        QVERIFY2(ended.exitCode == 0, ended.toBytes());
        QVERIFY2(elapsed.elapsed() < 20'000, QByteArray::number(elapsed.elapsed()));
        QTRY_COMPARE(leftovers(home), QStringList());
        QTEST(home.state("web"), "state");
        if (!home.state("web").isEmpty())
            QCOMPARE(home.boxgate({"start", "web"}).exitCode, 0);
    }

private:
    bool m_hasNamespaces = false;
};

QTEST_GUILESS_MAIN(TestCliBadHost)
#include "tst_cli_badhost.moc"
