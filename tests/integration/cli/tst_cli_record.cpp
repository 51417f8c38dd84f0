#include "tests/integration/cli/leftovers.h"
#include "tests/integration/cli/pageserver.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <csignal>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");
const QString Box = QStringLiteral("rec");

} // namespace

/// `net record`: what it prints would have been needed, and the network is never left open.
class TestCliRecord : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;
    PageServer m_loopback{QHostAddress::LocalHost};
    QHostAddress m_outside = outsideAddress();
    PageServer m_server{m_outside};

    Outcome boxgate(const QStringList &arguments) { return runServing(*m_home, arguments); }

    QString serverRule() const
    {
        return QStringLiteral("%1:%2/tcp").arg(m_outside.toString()).arg(m_server.port());
    }

    QString mode() const { return m_home->inspect(Box)["network"].toObject()["mode"].toString(); }
    QJsonArray rules() const { return m_home->inspect(Box)["network"].toObject()["allow_net"].toArray(); }

    /// Fetches a page of the server outside until it is there: the recording has begun then.
    bool fetchOnceOpen()
    {
        const QString command = QStringLiteral("wget -qO- %1").arg(m_server.address(m_outside.toString()));
        return QTest::qWaitFor(
            [&] {
                return boxgate({"exec", Box, "sh", "-c", command}).out == "the page\n";
            },
            20'000);
    }

    bool isLetThrough()
    {
        return boxgate({"exec", Box, "sh", "-c",
                        QStringLiteral("timeout 3 wget -qO- %1").arg(m_server.address(m_outside.toString()))})
                   .exitCode
            == 0;
    }

    /// Whether a client holds the network open, as the box's runner says.
    bool isOpened()
    {
        const QByteArray shown = boxgate({"net", "show", "--json", Box}).out;
        const QJsonValue live = QJsonDocument::fromJson(shown).object()["live"];
        return !live["opened_until"].toString().isEmpty();
    }

    Outcome end(QProcess &process)
    {
        const bool ended = QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 30'000);
        return {ended ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (m_outside.isNull())
            QSKIP("this host has no address but loopback");
        m_home = std::make_unique<RealHome>();
        const Outcome made = boxgate({"run", "-d", "--name", Box, "--network", "allowlist", Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
        QCOMPARE(mode(), "allowlist");
    }

    void cleanupTestCase() { m_home.reset(); }

    void interruptPutsTheModeBack_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("terminal closed") << SIGHUP;
        QTest::newRow("SIGTERM") << SIGTERM;
    }

    void interruptPutsTheModeBack()
    {
        QFETCH(int, signal);
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", "--apply", Box, "10m"});
        QVERIFY(fetchOnceOpen());
        QCOMPARE(mode(), "allowlist"); // what is stored never says otherwise
        QVERIFY(boxgate({"net", "show", Box}).out.contains("open for a client such as 'net record'"));
        ::kill(pid_t(record->processId()), signal);
        const Outcome outcome = end(*record);
        QVERIFY2(outcome.exitCode == 130, outcome.toBytes());
        QVERIFY2(outcome.out.contains(serverRule().toUtf8()), outcome.toBytes());
        QVERIFY2(outcome.err.contains("the network is allowlist again, and no rule was added"),
                 outcome.toBytes());
        QCOMPARE(mode(), "allowlist");
        QCOMPARE(rules(), QJsonArray());
        QVERIFY(!isLetThrough());
    }

    /// Nothing of the command can act any more: the runner puts the network back.
    void aKilledRecordingLeavesNothingOpen()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", Box, "10m"});
        QVERIFY(fetchOnceOpen());
        QVERIFY(isLetThrough()); // the control: it is open while it is recorded
        const std::unique_ptr<QProcess> download =
            m_home->start({"exec", Box, "wget", "-qO-", m_server.address(m_outside.toString(), "/endless")});
        QTRY_VERIFY_WITH_TIMEOUT(download->bytesAvailable() > 20'000, 20'000);
        ::kill(pid_t(record->processId()), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(!isOpened(), 10'000);
        QVERIFY(!isLetThrough());
        QTRY_COMPARE_WITH_TIMEOUT(download->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(mode(), "allowlist");
    }

    void printsWhatWouldHaveBeenNeeded()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", "--json", Box, "6s"});
        QVERIFY(fetchOnceOpen());
        boxgate({"exec", Box, "wget", "-qO-", m_loopback.address("host.boxlite.internal")});
        const Outcome outcome = end(*record);
        QVERIFY2(outcome.exitCode == 0, outcome.toBytes());
        const QJsonObject found = QJsonDocument::fromJson(outcome.out).object();
        QCOMPARE(found["rules"].toArray().size(), 1);
        QCOMPARE(found["rules"][0]["rule"].toString(), serverRule());
        QVERIFY(found["rules"][0]["flows"].toInt() >= 1);
        QCOMPARE(found["host_loopback_ports"].toArray(), QJsonArray{m_loopback.port()});
        QCOMPARE(mode(), "allowlist");
        QCOMPARE(rules(), QJsonArray());
    }

    /// What only the open network let in ends with it.
    void endsWhatItLetIn()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", Box, "5s"});
        QVERIFY(fetchOnceOpen());
        const std::unique_ptr<QProcess> download =
            m_home->start({"exec", Box, "wget", "-qO-", m_server.address(m_outside.toString(), "/endless")});
        QTRY_VERIFY_WITH_TIMEOUT(download->bytesAvailable() > 20'000, 20'000);
        QCOMPARE(end(*record).exitCode, 0);
        QTRY_COMPARE_WITH_TIMEOUT(download->state(), QProcess::NotRunning, 20'000);
    }

    void leavesAModeThatSomebodyElseChose()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", Box, "4s"});
        QVERIFY(fetchOnceOpen());
        QCOMPARE(boxgate({"net", "mode", Box, "off"}).exitCode, 0);
        QCOMPARE(end(*record).exitCode, 0);
        QCOMPARE(mode(), "off");
        QCOMPARE(boxgate({"net", "mode", Box, "allowlist"}).exitCode, 0);
    }

    void appliesWhatItFound()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", "--apply", Box, "4s"});
        QVERIFY(fetchOnceOpen());
        const Outcome outcome = end(*record);
        QVERIFY2(outcome.exitCode == 0, outcome.toBytes());
        QCOMPARE(mode(), "allowlist");
        QCOMPARE(rules(), QJsonArray{serverRule()});
        QVERIFY(fetchOnceOpen());
    }

    void repeatsNoRuleThatIsThere()
    {
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", Box, "4s"});
        QVERIFY(fetchOnceOpen());
        const Outcome outcome = end(*record);
        QVERIFY2(outcome.out.contains("no rule was missing"), outcome.toBytes());
    }

    void aBoxWithoutInterfaceStaysOff()
    {
        QCOMPARE(boxgate({"run", "-d", "--name", "dark", "--network", "off", Image}).exitCode, 0);
        const Outcome refused = boxgate({"net", "record", "dark", "2s"});
        QCOMPARE(refused.exitCode, 125);
        QVERIFY2(refused.err.contains("restart it"), refused.toBytes());
        QCOMPARE(m_home->inspect("dark")["network"].toObject()["mode"].toString(), QString("off"));
        QCOMPARE(boxgate({"rm", "-f", "dark"}).exitCode, 0);
    }

    /// The last: it kills the runner.
    void lostRunnerLeavesNothingOpen()
    {
        QCOMPARE(boxgate({"net", "deny", Box, serverRule()}).exitCode, 0);
        const std::unique_ptr<QProcess> record = m_home->start({"net", "record", "--apply", Box, "10m"});
        QVERIFY(fetchOnceOpen());
        QTest::qWait(3000); // it asks every two seconds, and nobody is told
        const qint64 runner = m_home->processes("boxgate-runner").value(0);
        QVERIFY(runner > 0);
        ::kill(pid_t(runner), SIGKILL);
        const Outcome outcome = end(*record);
        QVERIFY2(outcome.exitCode == 125, outcome.toBytes());
        QVERIFY2(outcome.err.contains("its network is allowlist again"), outcome.toBytes());
        QVERIFY2(outcome.out.contains(serverRule().toUtf8()), outcome.toBytes());
        QCOMPARE(mode(), "allowlist");
        QCOMPARE(rules(), QJsonArray());
        QTRY_COMPARE(leftovers(*m_home), QStringList());
    }
};

QTEST_GUILESS_MAIN(TestCliRecord)
#include "tst_cli_record.moc"
