#include "tests/net/enginebench.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

/// TCP of a real guest through the engine.
class TestEngineTcp : public QObject, EngineBench
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

    void tcpCarriesEveryByteBothWays_data()
    {
        QTest::addColumn<int>("mtu");
        QTest::newRow("MTU 1500") << 1500;
        QTest::newRow("MTU 65520") << 65520;
        QTest::newRow("MTU 576") << 576;
    }

    void tcpCarriesEveryByteBothWays()
    {
        QFETCH(int, mtu);
        startEngine({}, mtu);
        const TcpServer server(Allowed, echo);
        const QByteArray data = pattern(8 << 20);
        const int socket = guestTcp(Allowed, server.port());
        QVERIFY(socket >= 0);
        std::thread sender([&] {
            sendAll(socket, data);
            ::shutdown(socket, SHUT_WR); // a half-close: the other direction goes on
        });
        const QByteArray received = receiveExactly(socket, data.size() + 1);
        sender.join();
        ::close(socket);
        QCOMPARE(received.size(), data.size());
        QVERIFY(received == data);
        const Counters counters = m_engine->counters();
        QVERIFY(counters.bytesSent > quint64(data.size()));
        QVERIFY(counters.bytesReceived > quint64(data.size()));
        QCOMPARE(counters.tcpEstablished, 1u);
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
    }

    void aSlowReaderLosesNothing()
    {
        startEngine();
        const QByteArray data = pattern(4 << 20);
        const TcpServer server(Allowed, [&](int socket) { sendAll(socket, data); });
        const int socket = guestTcp(Allowed, server.port());
        QByteArray received;
        while (received.size() < data.size()) {
            QTest::qWait(5); // the reader's own pace
            const QByteArray part = receiveExactly(socket, 128 * 1024);
            if (part.isEmpty())
                break;
            received += part;
        }
        ::close(socket);
        QVERIFY(received == data);
    }

    void aThousandConnectionsAtOnce()
    {
        startEngine();
        const TcpServer server(Allowed, echo);
        QList<int> sockets;
        for (int i = 0; i < 1000; ++i)
            sockets.append(guestTcp(Allowed, server.port()));
        QVERIFY(!sockets.contains(-1));
        QCOMPARE(m_engine->counters().tcpOpen, 1000u);
        for (const int socket : sockets)
            sendAll(socket, "hello");
        int correct = 0;
        for (const int socket : sockets) {
            correct += receiveExactly(socket, 5) == "hello";
            ::close(socket);
        }
        QCOMPARE(correct, 1000);
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->counters().tcpOpen, 0u, 10000);
    }

    void aRefusedConnectionIsRefusedInTheBox()
    {
        startEngine();
        QCOMPARE(guestTcp(Allowed, 9), -1);
        QCOMPARE(errno, ECONNREFUSED);
        QTRY_COMPARE(m_engine->counters().tcpFailed, 1u);
        QCOMPARE(m_engine->counters().tcpEstablished, 0u);
    }

    void aPeerThatGoesAwayEndsItsConnectionOnly()
    {
        startEngine();
        const TcpServer rude(Allowed, [](int socket) {
            const linger reset{1, 0};
            ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        });
        const TcpServer polite(Allowed, echo);
        for (int i = 0; i < 50; ++i) {
            const int socket = guestTcp(Allowed, rude.port());
            while (socket >= 0 && sendAll(socket, QByteArray(16384, 'x'))) { }
            ::close(socket);
        }
        const int socket = guestTcp(Allowed, polite.port());
        QVERIFY(socket >= 0);
        sendAll(socket, "still here");
        QCOMPARE(receiveExactly(socket, 10), QByteArray("still here"));
        ::close(socket);
    }
};

BOXGATE_ENGINE_TEST(TestEngineTcp)

#include "tst_enginetcp.moc"
