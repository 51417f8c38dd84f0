#include "tests/net/enginebench.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

/// UDP of a real guest through the engine.
class TestEngineUdp : public QObject, EngineBench
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

    void udpComesBackWhole_data()
    {
        QTest::addColumn<int>("size");
        QTest::newRow("empty") << 0;
        QTest::newRow("one byte") << 1;
        QTest::newRow("a full packet") << 1472;
        QTest::newRow("two fragments") << 1473;
        QTest::newRow("many fragments") << 40000;
        QTest::newRow("the largest") << 65507;
    }

    void udpComesBackWhole()
    {
        QFETCH(int, size);
        startEngine();
        const UdpServer server(Allowed, [](const QByteArray &datagram) { return datagram; });
        const int socket = guestUdp(Allowed, server.port());
        const QByteArray data = pattern(size);
        const QByteArray reply = exchange(socket, data);
        ::close(socket);
        QCOMPARE(server.received(), 1);
        QVERIFY(reply == data);
    }

    void udpToNobodyIsRefused()
    {
        startEngine();
        const int socket = guestUdp(Allowed, 9); // nobody listens
        QVERIFY(exchange(socket, "x").isNull());
        QCOMPARE(errno, ECONNREFUSED);
        ::close(socket);
    }
};

BOXGATE_ENGINE_TEST(TestEngineUdp)

#include "tst_engineudp.moc"
