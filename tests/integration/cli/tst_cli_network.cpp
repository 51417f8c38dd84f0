#include "tests/integration/cli/pageserver.h"
#include "tests/support/realhome.h"

#include <QJsonObject>
#include <QTest>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");
const QString Box = QStringLiteral("net");

} // namespace

/// The box's network from the outside: what it reaches, and what it does not.
class TestCliNetwork : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;
    PageServer m_server{QHostAddress::LocalHost};

    Outcome boxgate(const QStringList &arguments, std::chrono::milliseconds limit = 60s)
    {
        return runServing(*m_home, arguments, limit);
    }

    /// Runs a probe in the guest that prints its own status: a missing tool prints 127, which is not
    /// "blocked".
    Outcome probe(const QString &command)
    {
        return boxgate({"exec", Box, "sh", "-c", command + QStringLiteral("; echo status=$?")});
    }

    /// Refused (1), or without an answer until timeout(1) ended it (143). Any other status is a broken probe.
    static bool isBlocked(const Outcome &probe)
    {
        return probe.out == "status=1\n" || probe.out == "status=143\n";
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_server.listens());
        m_home = std::make_unique<RealHome>();
        const Outcome made = boxgate({"run", "--name", Box, Image});
        QVERIFY2(made.exitCode == 0, made.toBytes());
    }

    void cleanupTestCase() { m_home.reset(); }

    void runReachesAHostService()
    {
        const Outcome page =
            boxgate({"run", "--rm", Image, "--", "wget", "-qO-", m_server.address("host.boxlite.internal")});
        QVERIFY2(page.exitCode == 0, page.toBytes());
        QCOMPARE(page.out, QByteArray("the page\n"));
    }

    void aliasResolves()
    {
        const Outcome answer = probe("nslookup host.boxlite.internal");
        QVERIFY2(answer.out.contains("192.168.127.254") && answer.out.contains("status=0"), answer.toBytes());
    }

    void gatewayIsNotTheHost()
    {
        const Outcome blocked =
            probe(QStringLiteral("timeout 3 wget -qO- %1").arg(m_server.address("192.168.127.1")));
        QVERIFY2(isBlocked(blocked), blocked.toBytes());
        const Outcome control =
            probe(QStringLiteral("wget -qO- %1").arg(m_server.address("192.168.127.254")));
        QVERIFY2(control.out == "the page\nstatus=0\n", control.toBytes());
    }

    void withoutNetworkThereIsNoInterface()
    {
        const Outcome off = boxgate({"run", "--rm", "--network", "off", Image, "--", "sh", "-c",
                                     "ls /sys/class/net; echo status=$?"});
        QVERIFY2(off.out.contains("lo") && off.out.contains("status=0"), off.toBytes());
        QVERIFY2(!off.out.contains("eth0"), off.toBytes());
        const Outcome on = probe("ls /sys/class/net");
        QVERIFY2(on.out.contains("eth0"), on.toBytes());
    }

    void hostLoopbackCanBeClosed()
    {
        // A limit only where no answer is expected: what is allowed may take its time on a busy host.
        const QStringList page{"wget", "-qO-", m_server.address("host.boxlite.internal")};
        const Outcome closed =
            boxgate(QStringList{"run", "--rm", "--host-loopback", "off", Image, "--", "timeout", "3"} + page);
        QVERIFY2((closed.exitCode == 1 || closed.exitCode == 143) && closed.out.isEmpty(), closed.toBytes());
        const QString port = QString::number(m_server.port());
        const Outcome chosen =
            boxgate(QStringList{"run", "--rm", "--host-loopback", port, Image, "--"} + page);
        QVERIFY2(chosen.out == "the page\n", chosen.toBytes());
    }

    void switchesARunningBoxOffAndOn()
    {
        const std::unique_ptr<QProcess> download = m_home->start(
            {"exec", Box, "wget", "-qO-", m_server.address("host.boxlite.internal", "/endless")});
        QTRY_VERIFY_WITH_TIMEOUT(download->bytesAvailable() > 50'000, 20'000);
        const Outcome off = boxgate({"net", "mode", Box, "off"});
        QVERIFY2(off.exitCode == 0, off.toBytes());
        QTest::qWait(1000); // the second
        download->readAllStandardOutput();
        QTest::qWait(1000);
        QCOMPARE(download->bytesAvailable(), 0);
        const Outcome blocked =
            probe(QStringLiteral("timeout 3 wget -qO- %1").arg(m_server.address("192.168.127.254")));
        QVERIFY2(isBlocked(blocked), blocked.toBytes());
        const Outcome on = boxgate({"net", "mode", Box, "open"});
        QVERIFY2(on.exitCode == 0, on.toBytes());
        const Outcome again = probe(QStringLiteral("wget -qO- %1").arg(m_server.address("192.168.127.254")));
        QVERIFY2(again.out == "the page\nstatus=0\n", again.toBytes());
        download->kill();
        download->waitForFinished();
    }

    void aBoxBootedWithoutInterfaceSaysSo()
    {
        QCOMPARE(boxgate({"run", "--name", "dark", "--network", "off", Image}).exitCode, 0);
        const Outcome refused = boxgate({"net", "mode", "dark", "open"});
        QCOMPARE(refused.exitCode, 125);
        QVERIFY2(refused.err.contains("restart it"), refused.toBytes());
        const Outcome listed = boxgate({"ps"});
        QVERIFY2(listed.out.contains("open (after restart)"), listed.toBytes());
        QVERIFY(m_home->inspect("dark").value("network_waits_for_restart").toBool());
        QVERIFY(!m_home->inspect("dark").value("exposes_host_loopback").toBool());
        QCOMPARE(boxgate({"restart", "dark"}).exitCode, 0);
        const Outcome now = boxgate({"exec", "dark", "ls", "/sys/class/net"});
        QVERIFY2(now.out.contains("eth0"), now.toBytes());
        QVERIFY(!m_home->inspect("dark").value("network_waits_for_restart").toBool());
        QVERIFY(m_home->inspect("dark").value("exposes_host_loopback").toBool());
        QCOMPARE(boxgate({"rm", "-f", "dark"}).exitCode, 0);
    }

    void countsItsTraffic()
    {
        const QJsonObject counters = m_home->inspect(Box).value("counters").toObject();
        QVERIFY(counters.value("bytes_received").toInteger() > 50'000);
        QVERIFY(counters.value("tcp_established").toInteger() >= 2);
        QVERIFY(m_home->inspect(Box).value("exposes_host_loopback").toBool());
    }
};

QTEST_GUILESS_MAIN(TestCliNetwork)
#include "tst_cli_network.moc"
