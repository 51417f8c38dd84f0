#include "tests/integration/cli/leftovers.h"
#include "tests/support/heldqemu.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");

} // namespace

/// Every bad input gets one clear sentence and an exit status, and leaves nothing behind.
class TestCliBadInput : public QObject
{
    Q_OBJECT

    /// Runs boxgate with other settings than the home's own.
    static Outcome runWith(const RealHome &home, const QStringList &arguments,
                           const QList<std::pair<QString, QString>> &settings)
    {
        QProcess process;
        QProcessEnvironment environment = home.environment();
        // One that the tests themselves are given would stand in for the one that is missing.
        environment.remove("BOXGATE_KERNEL");
        for (const auto &[name, value] : settings)
            environment.insert(name, value);
        process.setProcessEnvironment(environment);
        process.start(RealHome::program("boxgate"), arguments);
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

private Q_SLOTS:
    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("unknown box") << QStringList{"start", "ghost"} << "ghost";
        QTest::newRow("unknown box among known") << QStringList{"inspect", "taken", "ghost"} << "ghost";
        QTest::newRow("duplicate name") << QStringList{"create", "--name", "taken", Image} << "taken";
        QTest::newRow("invalid name")
            << QStringList{"create", "--name", "Big Box", Image} << "'Big Box' is not a box name";
        QTest::newRow("name that looks like an id")
            << QStringList{"create", "--name", "0123456789ab", Image} << "looks like a box id";
        QTest::newRow("too little memory")
            << QStringList{"create", "-m", "64m", Image} << "64 MiB of memory cannot be given";
        QTest::newRow("too much memory")
            << QStringList{"create", "-m", "100t", Image} << "of memory cannot be given";
        QTest::newRow("too many processors")
            << QStringList{"create", "--cpus", "4000", Image} << "4000 CPUs cannot be given";
        QTest::newRow("disk too small") << QStringList{"create", "--disk", "1m", Image} << "A disk of 1 MiB";
        QTest::newRow("unknown image") << QStringList{"create", "builtin/nosuch"} << "nosuch";
        QTest::newRow("malformed image") << QStringList{"create", "UPPER/Case"} << "is not an image name";
        QTest::newRow("volume without a folder")
            << QStringList{"create", "-v", "/no/such:/data", Image} << "There is no folder /no/such";
        QTest::newRow("exec in a box that does not run")
            << QStringList{"exec", "taken", "true"} << "'boxgate start taken' starts it";
        QTest::newRow("kill of a box that does not run")
            << QStringList{"kill", "taken"} << "Box taken is not running";
        QTest::newRow("stats of a box that does not run")
            << QStringList{"stats", "taken"} << "Box taken is not running";
        QTest::newRow("exec without a command") << QStringList{"exec", "taken"} << "needs a command";
        QTest::newRow("terminal for an idle box") << QStringList{"run", "-it", Image} << "need a command";
        QTest::newRow("unknown command") << QStringList{"strat", "taken"} << "did you mean 'start'";
        QTest::newRow("rule that is none")
            << QStringList{"create", "--allow-net", "https://a.org", Image}
            << "The rule 'https://a.org' cannot be used: 'https://a.org' is a URL";
        QTest::newRow("rules for a network that is off")
            << QStringList{"create", "--network", "off", "--allow-net", "a.org", Image} << "has no effect";
        QTest::newRow("port that is none")
            << QStringList{"create", "-p", "8080:web", Image} << "'8080:web' is not a port mapping";
        QTest::newRow("network file that is not there")
            << QStringList{"create", "--network-file", "/no/such", Image} << "Cannot read /no/such";
        QTest::newRow("rule to remove that is not there")
            << QStringList{"net", "deny", "taken", "a.org"} << "There is no rule 'a.org'";
        QTest::newRow("port to close that is not there")
            << QStringList{"port", "rm", "taken", "8080"} << "it publishes none";
        QTest::newRow("rules file that is not there")
            << QStringList{"net", "rules", "--import", "/no/such", "taken"} << "Cannot read /no/such";
        QTest::newRow("limit that is none")
            << QStringList{"net", "limit", "--sent", "fast", "taken"} << "'fast' is not a rate";
        QTest::newRow("unknown network mode")
            << QStringList{"net", "mode", "taken", "ajar"} << "'ajar' is not a network mode";
    }

    void saysWhatIsWrong()
    {
        static RealHome home;
        static const Outcome made = home.boxgate({"create", "--name", "taken", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        QFETCH(QStringList, arguments);
        QFETCH(QString, sentence);
        const Outcome outcome = home.boxgate(arguments);
        checkSentence(outcome, sentence);
        QCOMPARE(outcome.err.count('\n'), 1);
        QCOMPARE(home.boxgate({"ps", "-aq"}).out.count('\n'), 1);
        QCOMPARE(QDir(home.path() + "/boxes").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 1);
        QCOMPARE(leftovers(home), QStringList());
    }

    void missingParts_data()
    {
        QTest::addColumn<QString>("variable");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no QEMU") << "BOXGATE_QEMU"
                                 << "/no/such/qemu"
                                 << "QEMU";
        QTest::newRow("something that is not QEMU") << "BOXGATE_QEMU"
                                                    << "/bin/true"
                                                    << "QEMU";
        QTest::newRow("QEMU too old") << "BOXGATE_QEMU"
                                      << "old-qemu"
                                      << "is version 5.2.0, and boxes need 7.2 or later";
        QTest::newRow("no QEMU anywhere") << "PATH"
                                          << "/no/such/folder"
                                          << "was not found: install it with";
        QTest::newRow("no kernel built") << "BOXGATE_CACHE"
                                         << "/no/such/cache"
                                         << "build it with 'installer/dev kernel'";
        QTest::newRow("no kernel") << "BOXGATE_KERNEL"
                                   << "/no/such/kernel"
                                   << "kernel";
        QTest::newRow("no runner") << "BOXGATE_RUNNER"
                                   << "/no/such/runner"
                                   << "Cannot start /no/such/runner";
        QTest::newRow("runner that dies") << "BOXGATE_RUNNER"
                                          << "/bin/false"
                                          << "died at its start";
    }

    /// A box that cannot start stays, with its reason; one made with --rm does not.
    void missingParts()
    {
        QFETCH(QString, variable);
        QFETCH(QString, value);
        QFETCH(QString, sentence);
        RealHome home;
        if (value == "old-qemu") {
            value = home.path() + "/qemu-system-x86_64";
            QFile script(value);
            QVERIFY(script.open(QIODevice::WriteOnly));
            script.write("#!/bin/sh\necho 'QEMU emulator version 5.2.0 (Debian 1:5.2+dfsg-11)'\n");
            script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        const Outcome kept = runWith(home, {"run", "--name", "kept", Image}, {{variable, value}});
        checkSentence(kept, sentence);
        QVERIFY(home.state("kept") == "failed" || home.state("kept") == "created");
        const Outcome gone =
            runWith(home, {"run", "--rm", "--name", "gone", Image, "true"}, {{variable, value}});
        checkSentence(gone, sentence);
        const Outcome detached =
            runWith(home, {"run", "-d", "--rm", "--name", "gone", Image}, {{variable, value}});
        checkSentence(detached, sentence);
        QCOMPARE(home.state("gone"), QString());
        QCOMPARE(leftovers(home), QStringList());
        QCOMPARE(QDir(home.path() + "/boxes").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 1);
    }

    void homes_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("file in its place") << "file"
                                           << "is not a directory of yours";
        QTest::newRow("socket path too long") << "long"
                                              << "bytes too long for a socket's path";
        QTest::newRow("corrupt database") << "corrupt"
                                          << "damaged";
        QTest::newRow("newer version") << "newer"
                                       << "newer";
    }

    void homes()
    {
        QFETCH(QString, kind);
        QFETCH(QString, sentence);
        RealHome home;
        QString chosen = home.path() + "/h";
        if (kind == "file") {
            QFile file(chosen);
            QVERIFY(file.open(QIODevice::WriteOnly));
        } else if (kind == "long") {
            chosen += QString(100, 'x');
        } else {
            QVERIFY(QDir().mkpath(chosen));
            QFile::setPermissions(chosen, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
            QVERIFY(home.boxgate({"--home", chosen, "ps"}).exitCode == 0);
            QFile database(chosen + "/boxgate.db");
            QVERIFY(database.open(QIODevice::ReadWrite));
            if (kind == "corrupt") {
                database.resize(0);
                database.write(QByteArray(8192, 'x'));
            } else {
                // user_version, a big-endian integer at offset 60 of the file's header
                // (sqlite.org/fileformat2.html)
                database.seek(60);
                database.write(QByteArray::fromHex("00002710"));
            }
        }
        const Outcome outcome = home.boxgate({"--home", chosen, "ps"});
        checkSentence(outcome, sentence);
        QCOMPARE(outcome.err.count('\n'), 1);
    }

    void directoryRemovedByHand()
    {
        RealHome home;
        QCOMPARE(home.boxgate({"create", "--name", "web", Image}).exitCode, 0);
        QVERIFY(
            QDir(home.path() + "/boxes/" + home.inspect("web").value("id").toString()).removeRecursively());
        checkSentence(home.boxgate({"start", "web"}), QStringLiteral("was removed"));
        QCOMPARE(home.boxgate({"rm", "web"}).exitCode, 0);
        QCOMPARE(home.boxgate({"ps", "-aq"}).out, QByteArray());
    }

    /// Nobody could see any more that it runs: it ends.
    void directoryRemovedByHandWhileItRuns()
    {
        RealHome home;
        QCOMPARE(home.boxgate({"run", "--name", "web", Image}).exitCode, 0);
        QCOMPARE(home.processes().size(), 2);
        QDir directory(home.path() + "/boxes/" + home.inspect("web").value("id").toString());
        QTRY_VERIFY(
            directory.removeRecursively()); // again, where the runner was quicker with a file of its own
        QTRY_COMPARE(home.processes(), QList<qint64>());
        QVERIFY(home.state("web") != "running");
        checkSentence(home.boxgate({"start", "web"}), QStringLiteral("was removed"));
        QCOMPARE(home.boxgate({"rm", "web"}).exitCode, 0);
        QTRY_COMPARE(leftovers(home), QStringList());
    }

    void twoStartsAtOnce()
    {
        RealHome home;
        QCOMPARE(home.boxgate({"create", "--name", "web", Image}).exitCode, 0);
        const std::unique_ptr<QProcess> first = home.start({"start", "web"});
        const std::unique_ptr<QProcess> second = home.start({"start", "web"});
        QTRY_COMPARE_WITH_TIMEOUT(first->state(), QProcess::NotRunning, 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(second->state(), QProcess::NotRunning, 60'000);
        QList<int> statuses{first->exitCode(), second->exitCode()};
        std::sort(statuses.begin(), statuses.end());
        QCOMPARE(statuses, QList<int>({0, 125}));
        const QByteArray said = first->readAllStandardError() + second->readAllStandardError();
        QVERIFY2(said.contains("running"), said);
        QCOMPARE(home.processes("qemu-system").size(), 1);
    }

    void stopDuringStart()
    {
        RealHome home;
        QCOMPARE(home.boxgate({"create", "--name", "web", Image}).exitCode, 0);
        const HeldQemu held(home);
        const std::unique_ptr<QProcess> start = home.start({"start", "web"});
        QTRY_VERIFY_WITH_TIMEOUT(held.pid() > 0, 20'000);
        QCOMPARE(home.state("web"), "starting");
        QCOMPARE(home.boxgate({"stop", "web"}).exitCode, 0);
        QTRY_COMPARE_WITH_TIMEOUT(start->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(start->exitCode(), 125);
        QVERIFY(start->readAllStandardError().contains("was stopped while it started"));
        QCOMPARE(home.state("web"), "stopped");
        QVERIFY(home.processes().isEmpty());
    }

    void guestsThatEndThemselves_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("state");
        QTest::addColumn<QString>("kind");
        QTest::newRow("powers itself off") << "poweroff -f"
                                           << "stopped"
                                           << "guest-power-off";
        QTest::newRow("panics") << "echo 2 > /proc/sys/vm/panic_on_oom; tail /dev/zero"
                                << "failed"
                                << "crashed";
    }

    void guestsThatEndThemselves()
    {
        QFETCH(QString, command);
        RealHome home;
        QCOMPARE(home.boxgate({"run", "--name", "web", "-m", "128m", Image}).exitCode, 0);
        const Outcome left = home.boxgate({"exec", "web", "sh", "-c", command + "; sleep 30"}, {}, 60s);
        QVERIFY2(left.exitCode != 0, left.toBytes());
        QFETCH(QString, state);
        QFETCH(QString, kind);
        QTRY_COMPARE_WITH_TIMEOUT(home.state("web"), state, 20'000);
        const QJsonObject exit = home.inspect("web").value("last_exit").toObject();
        QCOMPARE(exit.value("kind").toString(), kind);
        QVERIFY(!exit.value("message").toString().isEmpty());
        QVERIFY(home.processes().isEmpty());
    }

    /// The agent's process is stopped through QEMU: nobody answers any more.
    void guestThatNeverAnswers()
    {
        RealHome home;
        QCOMPARE(home.boxgate({"run", "--name", "web", Image}).exitCode, 0);
        const qint64 qemu = home.processes("qemu-system").value(0);
        QVERIFY(qemu > 0);
        QCOMPARE(::kill(pid_t(qemu), SIGSTOP), 0);
        QElapsedTimer elapsed;
        elapsed.start();
        const Outcome stopped = home.boxgate({"stop", "--time", "2", "web"}, {}, 30s);
        QVERIFY2(stopped.exitCode == 0, stopped.toBytes());
        QVERIFY(elapsed.elapsed() < 15'000);
        QTRY_VERIFY(home.processes().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestCliBadInput)
#include "tst_cli_badinput.moc"
