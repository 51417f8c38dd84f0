#include "tests/support/heldqemu.h"
#include "tests/support/realhome.h"

#include <QTest>

#include <csignal>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Box = QStringLiteral("victim");

/// What ends by SIGKILL.
enum class Victim
{
    Runner,
    Qemu,
    Desktop,
    Cli
};

/// What is going on then.
enum class Moment
{
    Boot,
    Exec,
    Stop
};

} // namespace

/// kill -9 of each process at each moment: what is left is nothing, what is shown is true, and what was
/// synced is there.
class TestKills : public QObject
{
    Q_OBJECT

private:
    RealHome m_home;
    std::unique_ptr<QProcess> m_desktop;
    std::unique_ptr<QProcess> m_command;
    std::unique_ptr<HeldQemu> m_held;

    void kill(Victim victim)
    {
        qint64 pid = 0;
        switch (victim) {
        case Victim::Runner:
            pid = m_home.processes("boxgate-runner").value(0);
            break;
        case Victim::Qemu:
            pid = m_held ? m_held->pid() : m_home.processes("qemu-system").value(0);
            break;
        case Victim::Desktop:
            pid = m_desktop->processId();
            break;
        case Victim::Cli:
            pid = m_command->processId();
            break;
        }
        QVERIFY(pid > 0);
        QCOMPARE(::kill(pid_t(pid), SIGKILL), 0);
        // A QProcess does not notice an end of its process before it looks.
        if (victim == Victim::Desktop)
            QVERIFY(m_desktop->waitForFinished());
        if (victim == Victim::Cli)
            QVERIFY(m_command->waitForFinished());
    }

    /// Brings the box to the moment; m_command is the CLI that is at it.
    void reach(Moment moment, const QByteArray &mark)
    {
        if (moment == Moment::Boot) {
            m_held = std::make_unique<HeldQemu>(m_home);
            m_command = m_home.start({"start", Box});
            QTRY_VERIFY_WITH_TIMEOUT(m_held->pid() > 0, 20'000);
            QCOMPARE(m_home.state(Box), "starting");
            return;
        }
        const Outcome started = m_home.boxgate({"start", Box});
        QVERIFY2(started.exitCode == 0, started.toBytes());
        if (moment == Moment::Exec) {
            m_command = m_home.start(
                {"exec", Box, "--", "sh", "-c", "echo " + mark + " > /mark; sync; echo synced; sleep 1000"});
            QTRY_VERIFY_WITH_TIMEOUT(m_command->bytesAvailable() > 0, 20'000);
            QCOMPARE(m_command->readAllStandardOutput(), "synced\n");
            return;
        }
        // A process that minds no signal makes the stop last.
        const Outcome stubborn = m_home.boxgate({"exec", Box, "--", "sh", "-c",
                                                 "echo " + mark
                                                     + " > /mark; sync; (trap '' TERM HUP; while :; do "
                                                       "sleep 1; done) >/dev/null 2>&1 </dev/null &"});
        QVERIFY2(stubborn.exitCode == 0, stubborn.toBytes());
        m_command = m_home.start({"stop", Box});
        QTRY_COMPARE_WITH_TIMEOUT(m_home.state(Box), "stopping", 10'000);
    }

    void expectAfter(Victim victim, Moment moment)
    {
        const bool boxDies = victim == Victim::Runner || victim == Victim::Qemu;
        if (boxDies) {
            QTRY_COMPARE_WITH_TIMEOUT(m_home.processes(), QList<qint64>(), 3000);
            QTRY_VERIFY_WITH_TIMEOUT(m_command->state() == QProcess::NotRunning, 3000);
            // Ended in the middle of a stop is a stop; anything else nobody asked for.
            const QString state = m_home.state(Box);
            if (moment == Moment::Stop)
                QVERIFY2(state == "stopped" || state == "failed", qPrintable(state));
            else
                QCOMPARE(state, "failed");
            const QString reason = m_home.inspect(Box)["last_exit"].toObject()["message"].toString();
            QVERIFY(state == "stopped" || !reason.isEmpty());
            return;
        }
        // The clients own no box: it goes on to where it was going.
        if (m_held)
            m_held->letOn();
        if (moment == Moment::Boot)
            QTRY_COMPARE_WITH_TIMEOUT(m_home.state(Box), "running", 30'000);
        if (moment == Moment::Stop)
            QTRY_COMPARE_WITH_TIMEOUT(m_home.state(Box), "stopped", 30'000);
        if (moment == Moment::Exec && victim == Victim::Cli) {
            // Like ssh: the command of a client that went away is hung up.
            QTRY_VERIFY_WITH_TIMEOUT(!m_home.boxgate({"exec", Box, "--", "ps"}).out.contains("sleep 1000"),
                                     3000);
        }
        if (moment == Moment::Exec)
            QCOMPARE(m_home.state(Box), "running");
    }

private Q_SLOTS:
    void initTestCase()
    {
        const Outcome created =
            m_home.boxgate({"create", "--name", Box, "--memory", "256m", "builtin/busybox"});
        QVERIFY2(created.exitCode == 0, created.toBytes());
        // The first start chooses the accelerator; it is not what is tested here.
        QCOMPARE(m_home.boxgate({"start", Box}).exitCode, 0);
        QCOMPARE(m_home.boxgate({"stop", Box}).exitCode, 0);
        m_desktop = m_home.start({}, "boxgate-desktop");
    }

    void killed_data()
    {
        QTest::addColumn<int>("victim");
        QTest::addColumn<int>("moment");
        const char *victims[] = {"runner", "QEMU", "desktop", "CLI"};
        const char *moments[] = {"boot", "an exec", "stop"};
        for (int victim = 0; victim < 4; ++victim) {
            for (int moment = 0; moment < 3; ++moment)
                QTest::addRow("%s during %s", victims[victim], moments[moment]) << victim << moment;
        }
    }

    void killed()
    {
        QFETCH(int, victim);
        QFETCH(int, moment);
        const QByteArray mark = "mark-" + QByteArray::number(victim) + "-" + QByteArray::number(moment);
        if (m_desktop->state() == QProcess::NotRunning)
            m_desktop = m_home.start({}, "boxgate-desktop");

        reach(Moment(moment), mark);
        if (QTest::currentTestFailed())
            return;
        kill(Victim(victim));
        expectAfter(Victim(victim), Moment(moment));
        m_held.reset();
        if (QTest::currentTestFailed())
            return;

        // The next start works, with what was written and synced before.
        if (m_home.state(Box) != "running") {
            const Outcome started = m_home.boxgate({"start", Box});
            QVERIFY2(started.exitCode == 0, started.toBytes());
        }
        const Outcome kept = m_home.boxgate({"exec", Box, "--", "cat", "/mark"});
        if (Moment(moment) != Moment::Boot)
            QCOMPARE(kept.out.trimmed(), mark);
        const Outcome stopped = m_home.boxgate({"stop", Box});
        QVERIFY2(stopped.exitCode == 0, stopped.toBytes());
        QTRY_VERIFY_WITH_TIMEOUT(m_home.processes("qemu-system").isEmpty(), 3000);
        QTRY_VERIFY_WITH_TIMEOUT(m_home.processes("boxgate-runner").isEmpty(), 3000);
        QCOMPARE(m_home.state(Box), "stopped");
    }

    void cleanup()
    {
        if (m_command && m_command->state() != QProcess::NotRunning) {
            m_command->kill();
            m_command->waitForFinished();
        }
        m_command.reset();
        m_held.reset();
        m_home.boxgate({"kill", Box});
    }

    void cleanupTestCase()
    {
        m_desktop->kill();
        m_desktop->waitForFinished();
    }
};

QTEST_GUILESS_MAIN(TestKills)
#include "tst_kills.moc"
