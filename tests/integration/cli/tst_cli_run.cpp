#include "tests/support/realhome.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

#include <csignal>
#include <vector>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");
const QString Box = QStringLiteral("work");

} // namespace

/// Commands in boxes, as a user runs them: streams, statuses, signals.
class TestCliRun : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;

private Q_SLOTS:
    void initTestCase()
    {
        m_home = std::make_unique<RealHome>();
        const Outcome made = m_home->boxgate({"run", "--name", Box, Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        QCOMPARE(made.out, Box.toLatin1() + '\n');
    }

    void cleanupTestCase() { m_home.reset(); }

    void separatesStreamsAndKeepsTheStatus()
    {
        const Outcome ran =
            m_home->boxgate({"run", "--rm", Image, "--", "sh", "-c", "echo out; echo err >&2; exit 7"});
        QVERIFY2(ran.exitCode == 7, ran.toBytes());
        QCOMPARE(ran.out, QByteArray("out\n"));
        QCOMPARE(ran.err, QByteArray("err\n"));
        const QJsonArray left = QJsonDocument::fromJson(m_home->boxgate({"ps", "-a", "--json"}).out).array();
        QCOMPARE(left.size(), 1); // the work box
    }

    void executes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("out");
        const QByteArray none;
        QTest::newRow("status") << QStringList{Box, "sh", "-c", "exit 42"} << none << 42 << none;
        QTest::newRow("killed by a signal")
            << QStringList{Box, "sh", "-c", "kill -9 $$"} << none << 137 << none;
        QTest::newRow("missing command") << QStringList{Box, "no-such-command"} << none << 127 << none;
        QTest::newRow("not executable") << QStringList{Box, "/etc/passwd"} << none << 126 << none;
        QTest::newRow("missing user") << QStringList{"-u", "nobody-here", Box, "id"} << none << 126 << none;
        QTest::newRow("missing directory")
            << QStringList{"-w", "/no/such", Box, "pwd"} << none << 126 << none;
        QTest::newRow("directory") << QStringList{"-w", "/etc", Box, "pwd"} << none << 0
                                   << QByteArray("/etc\n");
        QTest::newRow("user by number") << QStringList{"-u", "1000:100", Box, "sh", "-c", "id -u; id -g"}
                                        << none << 0 << QByteArray("1000\n100\n");
        QTest::newRow("environment") << QStringList{"-e", "A=b c", Box, "sh", "-c", "echo \"$A\""} << none
                                     << 0 << QByteArray("b c\n");
        QTest::newRow("input") << QStringList{"-i", Box, "cat"} << QByteArray("hello") << 0
                               << QByteArray("hello");
        QTest::newRow("no input without -i") << QStringList{Box, "cat"} << QByteArray("hello") << 0 << none;
        QTest::newRow("time limit") << QStringList{"--timeout", "1", Box, "sleep", "60"} << none << 137
                                    << none;
        QTest::newRow("terminal") << QStringList{"-t", Box, "sh", "-c", "tty >/dev/null && echo yes"} << none
                                  << 0 << QByteArray("yes\r\n");
        QTest::newRow("id instead of a name") << QStringList{"ID", "true"} << none << 0 << none;
        QTest::newRow("beginning of an id") << QStringList{"ID6", "true"} << none << 0 << none;
    }

    void executes()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, input);
        const QString id = m_home->inspect(Box).value("id").toString();
        QCOMPARE(id.size(), 12);
        arguments.replaceInStrings(QStringLiteral("ID6"), id.left(6));
        arguments.replaceInStrings(QStringLiteral("ID"), id);
        const Outcome ran = m_home->boxgate(QStringList{"exec"} + arguments, input);
        QFETCH(int, status);
        QVERIFY2(ran.exitCode == status, ran.toBytes());
        QTEST(ran.out, "out");
        // One sentence when Boxgate has something to say, nothing otherwise.
        const bool isOurs = status == 126 || status == 127;
        QCOMPARE(ran.err.startsWith("boxgate: "), isOurs);
        QCOMPARE(ran.err.count('\n'), isOurs ? 1 : 0);
    }

    void streamsHundredMegabytesBothWaysAtOnce()
    {
        QByteArray sent(100'000'000, Qt::Uninitialized);
        QRandomGenerator random(7);
        random.fillRange(reinterpret_cast<quint32 *>(sent.data()), sent.size() / 4);
        const std::unique_ptr<QProcess> cat = m_home->start({"exec", "-i", Box, "cat"});
        QCryptographicHash back(QCryptographicHash::Sha256);
        qint64 received = 0;
        connect(cat.get(), &QProcess::readyReadStandardOutput, this, [&] {
            const QByteArray part = cat->readAllStandardOutput();
            received += part.size();
            back.addData(part);
        });
        cat->write(sent);
        cat->closeWriteChannel();
        QTRY_COMPARE_WITH_TIMEOUT(cat->state(), QProcess::NotRunning, 180'000);
        QCOMPARE(cat->exitCode(), 0);
        QCOMPARE(received, qint64(sent.size()));
        QCOMPARE(back.result(), QCryptographicHash::hash(sent, QCryptographicHash::Sha256));
    }

    void answersFiftyAtOnce()
    {
        std::vector<std::unique_ptr<QProcess>> all;
        for (int i = 0; i < 50; ++i)
            all.push_back(
                m_home->start({"exec", Box, "sh", "-c", QStringLiteral("echo %1; exit %1").arg(i)}));
        for (int i = 0; i < 50; ++i) {
            QProcess &one = *all[std::size_t(i)];
            QTRY_COMPARE_WITH_TIMEOUT(one.state(), QProcess::NotRunning, 120'000);
            QVERIFY2(one.exitCode() == i, one.readAllStandardError());
            QCOMPARE(one.readAllStandardOutput(), QByteArray::number(i) + '\n');
        }
    }

    void oneSlowReaderStopsNobody()
    {
        const std::unique_ptr<QProcess> slow = m_home->start({"exec", Box, "yes"});
        slow->setReadChannel(QProcess::StandardOutput);
        QVERIFY(slow->waitForReadyRead(20'000));
        // Nobody reads it from here on.
        const Outcome other = m_home->boxgate({"exec", Box, "echo", "fine"}, {}, 20s);
        QVERIFY2(other.out == "fine\n", other.toBytes());
        slow->kill();
        QTRY_COMPARE(slow->state(), QProcess::NotRunning);
        QTRY_VERIFY_WITH_TIMEOUT(m_home->boxgate({"exec", Box, "pidof", "yes"}).exitCode == 1, 20'000);
    }

    void forwardsSignals_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
    }

    void forwardsSignals()
    {
        QFETCH(int, signal);
        const QString script =
            QStringLiteral("trap 'echo caught; exit 9' INT TERM; echo ready; while :; do sleep 0.1; done");
        const std::unique_ptr<QProcess> command = m_home->start({"exec", Box, "sh", "-c", script});
        QVERIFY(command->waitForReadyRead(20'000));
        QCOMPARE(command->readAllStandardOutput(), QByteArray("ready\n"));
        ::kill(pid_t(command->processId()), signal);
        QTRY_COMPARE_WITH_TIMEOUT(command->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(command->readAllStandardOutput(), QByteArray("caught\n"));
        QCOMPARE(command->exitCode(), 9);
    }

    void thirdInterruptLeavesAnExec()
    {
        const QString script = QStringLiteral("trap '' INT; echo ready; while :; do sleep 0.1; done");
        const std::unique_ptr<QProcess> command = m_home->start({"exec", Box, "sh", "-c", script});
        QVERIFY(command->waitForReadyRead(20'000));
        for (int i = 0; i < 3; ++i) {
            ::kill(pid_t(command->processId()), SIGINT);
            QTest::qWait(100); // else the kernel merges them
        }
        QTRY_COMPARE_WITH_TIMEOUT(command->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(command->exitCode(), 130);
    }

    void signalBeforeTheCommandRunsRemovesTheBox_data()
    {
        QTest::addColumn<int>("signal");
        QTest::addColumn<QString>("program"); // the signal comes once it runs
        QTest::newRow("Ctrl-C as the runner starts") << SIGINT << "boxgate-runner";
        QTest::newRow("Ctrl-C while it boots") << SIGINT << "qemu-system";
        QTest::newRow("SIGTERM while it boots") << SIGTERM << "qemu-system";
    }

    void signalBeforeTheCommandRunsRemovesTheBox()
    {
        QFETCH(int, signal);
        QFETCH(QString, program);
        const qsizetype others = m_home->processes(program).size();
        const std::unique_ptr<QProcess> command =
            m_home->start({"run", "--rm", "--name", "early", Image, "sleep", "60"});
        QTRY_VERIFY_WITH_TIMEOUT(m_home->processes(program).size() > others, 20'000);
        ::kill(pid_t(command->processId()), signal);
        QTRY_COMPARE_WITH_TIMEOUT(command->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(command->exitStatus(), QProcess::NormalExit);
        QCOMPARE(command->exitCode(), 128 + signal);
        QTRY_COMPARE_WITH_TIMEOUT(m_home->state("early"), QString(), 5000);
        QTRY_COMPARE(m_home->processes(program).size(), others);
    }

    void statsWaitForABoxThatBoots()
    {
        const std::unique_ptr<QProcess> start =
            m_home->start({"run", "-d", "--rm", "--name", "slow", Image, "sleep", "60"});
        QTRY_COMPARE_WITH_TIMEOUT(m_home->state("slow"), QStringLiteral("starting"), 20'000);
        const Outcome stats = m_home->boxgate({"stats", "--no-stream", "--json", "slow"});
        QVERIFY2(stats.exitCode == 0, stats.toBytes());
        const QJsonObject figures = QJsonDocument::fromJson(stats.out).object();
        QCOMPARE(figures.value("name").toString(), "slow");
        QVERIFY2(figures.value("usage").toObject().value("memory_total").toInteger() > 0, stats.toBytes());
        QTRY_COMPARE_WITH_TIMEOUT(start->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(m_home->boxgate({"rm", "-f", "slow"}).exitCode, 0);
    }

    void closedPipeEndsTheCommand()
    {
        QProcess shell;
        shell.setProcessEnvironment(m_home->environment());
        shell.start("sh",
                    {"-c",
                     QStringLiteral("(%1 exec %2 yes; echo $? >&2) | head -n 1")
                         .arg(RealHome::program("boxgate"), Box)});
        QVERIFY(shell.waitForFinished(20'000));
        QCOMPARE(shell.readAllStandardOutput(), QByteArray("y\n"));
        QCOMPARE(shell.readAllStandardError(), QByteArray("141\n"));
        QTRY_VERIFY_WITH_TIMEOUT(m_home->boxgate({"exec", Box, "pidof", "yes"}).exitCode == 1, 20'000);
    }

    void logsKeepWhatAMainCommandPrinted()
    {
        const Outcome ran = m_home->boxgate(
            {"run", "--name", "talker", Image, "sh", "-c", "for i in 1 2 3; do echo line $i; done; exit 4"});
        QCOMPARE(ran.exitCode, 4);
        QCOMPARE(m_home->boxgate({"logs", "talker"}).out, QByteArray("line 1\nline 2\nline 3\n"));
        QCOMPARE(m_home->boxgate({"logs", "--tail", "1", "talker"}).out, QByteArray("line 3\n"));
        QVERIFY(!m_home->boxgate({"logs", "--console", "talker"}).out.isEmpty());
        QCOMPARE(m_home->state("talker"), "stopped");
        QCOMPARE(m_home->inspect("talker").value("last_exit").toObject().value("exit_code").toInt(), 4);
        QCOMPARE(m_home->boxgate({"logs", "-f", "talker"}, {}, 5s).out.count('\n'),
                 3); // it has ended: does not wait
        QCOMPARE(m_home->boxgate({"rm", "talker"}).exitCode, 0);
    }

    void stopStartAndRestartKeepTheDisk()
    {
        QVERIFY(m_home->boxgate({"create", "--name", "disk", Image}).exitCode == 0);
        QCOMPARE(m_home->state("disk"), "created");
        QCOMPARE(m_home->boxgate({"start", "disk"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"exec", "disk", "sh", "-c", "echo kept > /kept"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"restart", "disk"}).exitCode, 0);
        QCOMPARE(m_home->boxgate({"exec", "disk", "cat", "/kept"}).out, QByteArray("kept\n"));
        QCOMPARE(m_home->boxgate({"stop", "disk"}).exitCode, 0);
        QCOMPARE(m_home->state("disk"), "stopped");
        QCOMPARE(m_home->boxgate({"rm", "disk"}).exitCode, 0);
    }
};

QTEST_GUILESS_MAIN(TestCliRun)
#include "tst_cli_run.moc"
