#include "app/cli/gate/nextcommand.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

Q_DECLARE_METATYPE(NetPeer)

class TestNextCommand : public QObject
{
    Q_OBJECT

    static NetPeer peer(const QString &protocol, const QString &name, const QString &address, quint16 port)
    {
        NetPeer peer;
        peer.protocol = protocol;
        peer.name = name;
        peer.address = address;
        peer.port = port;
        return peer;
    }

    static HostListener listener(quint16 port)
    {
        HostListener listener;
        listener.port = port;
        return listener;
    }

private Q_SLOTS:
    void allows_data()
    {
        QTest::addColumn<GateReason>("reason");
        QTest::addColumn<NetPeer>("to");
        QTest::addColumn<QString>("command");
        const NetPeer named = peer("tcp", "api.example.com", "192.0.2.7", 443);
        const NetPeer bare = peer("udp", "", "192.0.2.7", 123);
        QTest::newRow("by name") << GateReason::NoRule << named
                                 << "boxgate net allow web api.example.com:443";
        QTest::newRow("by address") << GateReason::NoRule << bare
                                    << "boxgate net allow web 192.0.2.7:123/udp";
        QTest::newRow("UDP by name says so") << GateReason::NoRule << peer("udp", "a.org", "192.0.2.7", 443)
                                             << "boxgate net allow web a.org:443/udp";
        QTest::newRow("the hello's name")
            << GateReason::ForeignName << named << "boxgate net allow web api.example.com:443";
        QTest::newRow("no name in the hello")
            << GateReason::NoName << named << "boxgate net allow web 192.0.2.7:443/tcp";
        QTest::newRow("off") << GateReason::OffMode << named << "boxgate net mode web open";
        QTest::newRow("another name service")
            << GateReason::NameService << peer("tcp", "", "192.0.2.7", 853) << "boxgate net mode web open";
        QTest::newRow("another name server: nothing")
            << GateReason::NameService << peer("udp", "", "192.0.2.7", 53) << "";
        QTest::newRow("host loopback")
            << GateReason::HostAliasClosed << peer("tcp", "", "192.168.127.254", 5432)
            << "boxgate net host-loopback web 3000,5432";
        QTest::newRow("always blocked: nothing")
            << GateReason::AlwaysBlocked << peer("tcp", "", "169.254.169.254", 80) << "";
        QTest::newRow("gateway: nothing") << GateReason::Gateway << named << "";
        QTest::newRow("too many: nothing") << GateReason::TooMany << named << "";
        QTest::newRow("bad frame: nothing") << GateReason::BadFrame << NetPeer() << "";
        QTest::newRow("a name that would run in a shell")
            << GateReason::ForeignName << peer("tcp", "x;rm -rf ~", "192.0.2.7", 443)
            << "boxgate net allow web 192.0.2.7:443/tcp";
        QTest::newRow("a name that would allow more")
            << GateReason::ForeignName << peer("tcp", "*.com", "192.0.2.7", 443)
            << "boxgate net allow web 192.0.2.7:443/tcp";
    }

    void allows()
    {
        QFETCH(GateReason, reason);
        QFETCH(NetPeer, to);
        NetworkSpec network;
        network.hostLoopbackPorts = {3000};
        QTEST(allowCommand("web", network, reason, to), "command");
    }

    void switchesBackToTheRulesThatAreThere()
    {
        NetworkSpec network;
        network.mode = NetworkMode::Off;
        network.allowNet = {"a.org"};
        QCOMPARE(allowCommand("web", network, GateReason::OffMode, peer("tcp", "", "192.0.2.7", 1)),
                 "boxgate net mode web allowlist");
    }

    void closesOneServiceAndLeavesTheOthers()
    {
        const QList<HostListener> reached{listener(5432), listener(3000), listener(8081), listener(8081)};
        QCOMPARE(closeCommand("web", reached[0], reached), "boxgate net host-loopback web 3000,8081");
        QCOMPARE(closeCommand("web", reached[2], reached), "boxgate net host-loopback web 3000,5432");
        QCOMPARE(closeCommand("web", listener(22), {listener(22)}), "boxgate net host-loopback web off");
    }
};

QTEST_GUILESS_MAIN(TestNextCommand)
#include "tst_nextcommand.moc"
