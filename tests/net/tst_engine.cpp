#include "tests/net/enginebench.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

/// The engine as a whole: its start and end, its numbers, its policy while it runs.
class TestEngine : public QObject, EngineBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void samplesAddUpToTheTotals()
    {
        startEngine();
        const TcpServer server(Allowed, echo);
        const int socket = guestTcp(Allowed, server.port());
        sendAll(socket, pattern(100'000));
        receiveExactly(socket, 100'000);
        ::close(socket);
        const auto sums = [&] {
            quint64 sum = 0;
            for (const Sample &sample : m_engine->samples(0))
                sum += sample.bytesSent + sample.bytesReceived;
            return sum;
        };
        const auto totals = [&] {
            return m_engine->counters().bytesSent + m_engine->counters().bytesReceived;
        };
        QTRY_COMPARE(sums(), totals());
        const std::vector<Sample> samples = m_engine->samples(0);
        for (size_t i = 1; i < samples.size(); ++i)
            QCOMPARE(samples[i].second, samples[i - 1].second + 1);
    }

    void aClosedWireEndsIt()
    {
        startEngine();
        QVERIFY(m_engine->isAttached());
        m_bench.reset();
        QTRY_VERIFY(!m_engine->isAttached());
        QVERIFY(m_engine->apply(off()));
    }

    void whatCannotStartSaysWhy()
    {
        EngineConfig config;
        config.mtu = 100;
        QVERIFY(Engine::start(config, ::dup(0)).error().code == ErrorCode::InvalidArgument);
        config.mtu = 1500;
        config.zones = {{"corp", {{"a", "1.2.3"}}, ""}};
        QVERIFY(Engine::start(config, ::dup(0)).error().code == ErrorCode::InvalidArgument);
        config.zones.clear();
        config.dnsServers = {"no address"};
        QVERIFY(Engine::start(config, ::dup(0)).error().code == ErrorCode::InvalidArgument);
        startEngine();
        config.dnsServers.clear();
        QVERIFY(Engine::start(config, ::dup(0)).error().code == ErrorCode::Conflict);
    }

    void aBadPolicyChangesNothing()
    {
        startEngine(allowlist({Allowed.toStdString()}));
        const TcpServer allowed(Allowed, echo);
        const TcpServer blocked(Other, echo);
        const auto applied = m_engine->apply(allowlist({Other.toStdString(), "*.*.nonsense"}));
        QVERIFY(!applied);
        QVERIFY(applied.error().code == ErrorCode::InvalidArgument);
        QVERIFY(applied.error().message.contains(QLatin1String("*.*.nonsense")));
        QCOMPARE(guestTcp(Other, blocked.port()), -1);
        const int socket = guestTcp(Allowed, allowed.port());
        QVERIFY(socket >= 0);
        ::close(socket);
    }

    void offCutsADownloadAndOnLetsANewOneWork()
    {
        startEngine();
        std::atomic<bool> sawReset{false};
        const TcpServer server(Allowed, [&](int socket) {
            const QByteArray block(65536, 'x');
            while (sendAll(socket, block)) { }
            sawReset = errno == ECONNRESET || errno == EPIPE;
        });
        const int socket = guestTcp(Allowed, server.port());
        QCOMPARE(receiveExactly(socket, 1 << 20).size(), 1 << 20);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(m_engine->apply(off()));
        while (!receiveExactly(socket, 65536).isEmpty()) { }
        QCOMPARE(errno, ECONNRESET);
        QVERIFY2(timer.elapsed() < 1000, "the download stops within a second");
        QTRY_VERIFY(sawReset);
        ::close(socket);
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
        const quint64 received = m_engine->counters().bytesReceived;
        QCOMPARE(guestTcp(Allowed, server.port(), 300), -1);
        QCOMPARE(m_engine->counters().bytesReceived, received); // not even ARP
        QVERIFY(m_engine->apply({}));
        const int again = guestTcp(Allowed, server.port());
        QVERIFY(again >= 0);
        QCOMPARE(receiveExactly(again, 1 << 20).size(), 1 << 20);
        ::close(again);
        QTRY_COMPARE(server.accepted(), 2);
    }

    void theGatewayAnswersPing()
    {
        startEngine();
        int status = -1;
        m_bench->inGuest([&] { status = std::system("ping -q -c 1 -W 2 192.168.127.1 >/dev/null"); });
        if (WEXITSTATUS(status) == 127)
            QSKIP("no ping here");
        QCOMPARE(status, 0);
    }
};

BOXGATE_ENGINE_TEST(TestEngine)

#include "tst_engine.moc"
