#include "app/cli/gate/networksummary.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

class TestNetworkSummary : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsWhatARunningBoxReaches()
    {
        const QDateTime now = QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC);
        NetworkSpec network;
        network.mode = NetworkMode::Allowlist;
        network.allowNet = {"*.example.com:443"};
        network.hostLoopback = HostLoopback::Ports;
        network.hostLoopbackPorts = {8081, 5432};
        network.zones = {{"lab.test", {{"db", "10.0.0.5"}, {"", "10.0.0.1"}}, "10.0.0.9"},
                         {"x.test", {}, ""}};
        network.limits.sentBytesPerSecond = 1 << 20;
        LiveGate live;
        NetRuleUse used;
        used.rule = "*.example.com:443";
        used.hits = 3;
        used.lastUse = now.addSecs(-4);
        live.rules = {used};
        NetPort port;
        port.map.hostPort = 40123;
        port.map.guestPort = 80;
        port.openFlows = 1;
        live.ports = {port};
        live.capture.on = true;
        live.capture.file = "/boxes/web/capture.pcapng";
        live.capture.bytes = 2048;
        live.capture.packets = 20;
        live.counters.bytesReceived = 4096;
        live.counters.packetsBlocked = 7;
        live.openedUntil = now.addSecs(75);
        const QString text = networkSummary("web", network, live, now, 80);
        QCOMPARE(text.split('\n'),
                 QStringList({
                     "Box             web",
                     "Mode            allowlist: it reaches what a rule allows",
                     "Now             open for a client such as 'net record', for at most 1 min 15 s more",
                     "Rules           1",
                     "Host loopback   8081,5432",
                     "Ports           127.0.0.1:40123->80/tcp  1 connection",
                     "DNS zones       lab.test: db 10.0.0.5, @ 10.0.0.1, else 10.0.0.9",
                     "                x.test: no names",
                     "Search domains  local",
                     "Limits          sent 1 MiB/s, received no limit",
                     "Capture         on: 2 KiB, 20 packets in /boxes/web/capture.pcapng",
                     "MTU             1500",
                     "Traffic         4 KiB down, 0 B up, 7 packets blocked",
                     "Connections     0 open, 0 so far, 0 refused",
                     "",
                     "  RULE               HITS  LAST USED  LAST DNS ERROR",
                     "  *.example.com:443     3    4 s ago  -",
                     "",
                 }));
    }

    void showsWhatABoxWillReach()
    {
        NetworkSpec network;
        network.allowNet = {"a.org"};
        network.ports = {*PortMapping::parse("80")};
        network.capture = true;
        const QString text =
            networkSummary("web", network, std::nullopt, QDateTime::currentDateTimeUtc(), 80);
        for (const char *part :
             {"web (not running)", "open: it reaches everything", "1, without effect in this mode",
              "127.0.0.1:auto->80/tcp\n", "on from the next start", "a.org"})
            QVERIFY2(text.contains(part), qPrintable(text));
        QVERIFY(!text.contains("Traffic"));
    }

    void leavesManyRulesToTheirCommand()
    {
        NetworkSpec network;
        network.mode = NetworkMode::Allowlist;
        for (int i = 0; i < 50; ++i)
            network.allowNet.append(QStringLiteral("h%1.org").arg(i));
        const QString text =
            networkSummary("web", network, std::nullopt, QDateTime::currentDateTimeUtc(), 80);
        QVERIFY(text.contains("h19.org") && !text.contains("h20.org"));
        QVERIFY(text.contains("and 30 more"));
    }

    void tellsTheStateOfACapture_data()
    {
        QTest::addColumn<bool>("on");
        QTest::addColumn<bool>("full");
        QTest::addColumn<int>("packets");
        QTest::addColumn<QString>("error");
        QTest::addColumn<QString>("text");
        QTest::newRow("off") << false << false << 0 << ""
                             << "off";
        QTest::newRow("off again") << false << false << 3 << ""
                                   << "off; 1 KiB, 3 packets in /c";
        QTest::newRow("on") << true << false << 3 << ""
                            << "on: 1 KiB, 3 packets in /c, 2 dropped";
        QTest::newRow("full") << false << true << 3 << ""
                              << "full: 1 KiB, 3 packets in /c, 2 dropped";
        QTest::newRow("failed") << false << false << 3 << "no space is left"
                                << "failed: no space is left";
    }

    void tellsTheStateOfACapture()
    {
        QFETCH(bool, on);
        QFETCH(bool, full);
        QFETCH(int, packets);
        QFETCH(QString, error);
        NetCapture capture;
        capture.on = on;
        capture.full = full;
        capture.packets = quint64(packets);
        capture.error = error;
        capture.bytes = 1024;
        capture.file = "/c";
        capture.dropped = 2;
        QTEST(captureText(capture), "text");
    }
};

QTEST_GUILESS_MAIN(TestNetworkSummary)
#include "tst_networksummary.moc"
