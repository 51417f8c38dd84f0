#include "app/cli/loopbackwarning.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

class TestLoopbackWarning : public QObject
{
    Q_OBJECT

    static HostListener listener(quint16 port, const QString &process)
    {
        HostListener listener;
        listener.address = QHostAddress(QHostAddress::LocalHost);
        listener.port = port;
        listener.processName = process;
        return listener;
    }

private Q_SLOTS:
    void namesWhatIsReached()
    {
        const QString text =
            loopbackWarning("web", {}, {listener(5432, "postgres"), listener(8081, "python3")});
        QVERIFY2(text.contains("box web reaches every service"), qPrintable(text));
        QVERIFY(text.contains("now 5432 postgres, 8081 python3\n"));
        QVERIFY(text.contains("--host-loopback off"));
        QCOMPARE(text.count('\n'), 2);
    }

    void warnsWhenNothingListensYet()
    {
        QVERIFY(loopbackWarning("web", {}, {}).contains("nothing listens there now"));
    }

    void namesOnlyThePortsThatAreOpen()
    {
        NetworkSpec network;
        network.hostLoopback = HostLoopback::Ports;
        network.hostLoopbackPorts = {8081};
        const QString text =
            loopbackWarning("web", network, {listener(5432, "postgres"), listener(8081, "python3")});
        QVERIFY(text.contains("some of the services") && text.contains("8081") && !text.contains("5432"));
    }

    void countsWhatDoesNotFit()
    {
        QList<HostListener> many;
        for (quint16 port = 1000; port < 1010; ++port)
            many.append(listener(port, "p"));
        QVERIFY(loopbackWarning("web", {}, many).contains("1005 p and 4 more"));
    }

    void warnsOfPortsThatOthersSee()
    {
        PortMapping own;
        own.hostPort = 8080;
        own.guestPort = 80;
        PortMapping other = own;
        other.bindAddress = "0.0.0.0";
        QCOMPARE(publishWarning("web", {own}), QString());
        const QString text = publishWarning("web", {own, other});
        QVERIFY2(text.contains("other machines on the network reach box web through 0.0.0.0:8080->80/tcp;"),
                 qPrintable(text));
        QVERIFY(!text.contains("127.0.0.1:8080"));
        own.bindAddress = "127.8.9.1";
        QCOMPARE(publishWarning("web", {own}), QString());
    }

    void isSilentWhenNothingIsReached_data()
    {
        QTest::addColumn<NetworkMode>("mode");
        QTest::addColumn<HostLoopback>("loopback");
        QTest::newRow("network off") << NetworkMode::Off << HostLoopback::Open;
        QTest::newRow("loopback off") << NetworkMode::Open << HostLoopback::Off;
    }

    void isSilentWhenNothingIsReached()
    {
        QFETCH(NetworkMode, mode);
        QFETCH(HostLoopback, loopback);
        NetworkSpec network;
        network.mode = mode;
        network.hostLoopback = loopback;
        QCOMPARE(loopbackWarning("web", network, {listener(1, "p")}), QString());
    }

    void disarmsProcessNames()
    {
        QVERIFY(!loopbackWarning("web", {}, {listener(1, "\033[2J")}).contains('\033'));
    }
};

QTEST_GUILESS_MAIN(TestLoopbackWarning)
#include "tst_loopbackwarning.moc"
