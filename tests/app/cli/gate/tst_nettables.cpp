#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

namespace {

constexpr qsizetype Width = 80;

const QDateTime Now = QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC);
const QString LongName = "a1b2c3d4e5f6.a-rather-long-subdomain.of.a.content.network.example.com";

NetPeer peer(const QString &name, const QString &address, quint16 port, const QString &protocol = "tcp")
{
    NetPeer peer;
    peer.protocol = protocol;
    peer.name = name;
    peer.address = address;
    peer.port = port;
    return peer;
}

/// The lines, so that a difference is easy to see.
QStringList lines(const QString &text) { return text.split('\n', Qt::SkipEmptyParts); }

} // namespace

/// Golden texts at 80 columns.
class TestNetTables : public QObject
{
    Q_OBJECT

    static HostListener listener(quint16 port, const QString &process, const QString &service, bool sensitive)
    {
        HostListener listener;
        listener.port = port;
        listener.processName = process;
        listener.pid = process.isEmpty() ? 0 : 4711;
        listener.service = service;
        listener.sensitive = sensitive;
        return listener;
    }

private Q_SLOTS:
    void flows()
    {
        NetFlow one;
        one.id = 7;
        one.peer = peer(LongName, "192.0.2.7", 443);
        one.reason = GateReason::NameRule;
        one.rule = "*.example.com:443";
        one.traffic = {1536, 3 << 20, 1, 1};
        one.established = true;
        one.begun = Now.addSecs(-70);
        one.lastActivity = Now.addSecs(-3);
        NetFlow two;
        two.id = 12;
        two.peer = peer({}, "192.0.2.9", 22);
        two.begun = Now.addSecs(-2);
        QCOMPARE(lines(flowsTable({one, two}, Now).toString({}, Width)),
                 QStringList({
                     "ID  DESTINATION                      DOWN       UP     ACTIVE  WHY",
                     " 7  a1b2c3d4e…work.example.com:443  3 MiB  1.5 KiB    3 s ago  *.example.com:443",
                     "12  192.0.2.9:22                      0 B      0 B  no answer  open mode",
                 }));
    }

    void destinations()
    {
        NetDestination one;
        one.peer = peer(LongName, "192.0.2.7", 443, "udp");
        one.reason = GateReason::NameRule;
        one.rule = "*.example.com:443/udp";
        one.flows = 120;
        one.openFlows = 3;
        one.lastSeen = Now.addSecs(-7200);
        NetDestination client;
        client.peer = peer({}, "127.0.0.1", 80);
        client.peer.direction = FlowDirection::Inbound;
        client.reason = GateReason::PortMap;
        client.flows = 1;
        client.lastSeen = Now;
        QCOMPARE(lines(destinationsTable({one, client}, Now).toString({}, Width)),
                 QStringList({
                     "DESTINATION               FLOWS  OPEN  DOWN   UP     LAST  WHY",
                     "a1b2c3d…mple.com:443/udp    120     3   0 B  0 B  2 h ago  *.example.com:443/udp",
                     "from 127.0.0.1 to :80         1     0   0 B  0 B  0 s ago  port map",
                 }));
    }

    void questions()
    {
        NetDnsQuestion one;
        one.at = Now.addSecs(-5);
        one.name = LongName;
        one.addresses = {"192.0.2.7", "192.0.2.8"};
        NetDnsQuestion refused;
        refused.at = Now;
        refused.name = "evil.example";
        refused.type = 16;
        refused.result = DnsResult::Refused;
        NetDnsQuestion stripped;
        stripped.at = Now;
        stripped.name = "rebind.example.com";
        stripped.removedAddresses = 2;
        NetDnsQuestion missing;
        missing.at = Now;
        missing.name = "nosuch.example.com";
        missing.result = DnsResult::Failed;
        missing.code = 3;
        QCOMPARE(lines(dnsTable({one, refused, stripped, missing}, Now).toString({}, Width)),
                 QStringList({
                     "  ASKED  NAME                               TYPE  RESULT    ANSWER",
                     "5 s ago  a1b2c3d4e5…nt.network.example.com  A     answered  192.0.2.7, 192.0.2.8",
                     "0 s ago  evil.example                       TXT   refused   -",
                     "0 s ago  rebind.example.com                 A     answered  2 removed",
                     "0 s ago  nosuch.example.com                 A     failed    no such name",
                 }));
    }

    void rules()
    {
        NetRuleUse used;
        used.rule = "*.example.com:443";
        used.hits = 12;
        used.lastUse = Now.addSecs(-60);
        used.lastDnsError = "the name servers do not answer";
        used.lastDnsErrorAt = Now.addSecs(-3600);
        QCOMPARE(lines(rulesTable({"10.0.0.0/8:5432/tcp", used.rule}, {used}, Now).toString({}, Width)),
                 QStringList({
                     "RULE                 HITS  LAST USED  LAST DNS ERROR",
                     "10.0.0.0/8:5432/tcp     0          -  -",
                     "*.example.com:443      12  1 min ago  the name servers do not answer, 1 h ago",
                 }));
    }

    void ports()
    {
        NetPort port;
        port.map.hostPort = 8080;
        port.map.guestPort = 80;
        port.openFlows = 2;
        QCOMPARE(lines(portsTable({port}).toString({}, Width)),
                 QStringList({
                     "HOST            BOX     CONNECTIONS",
                     "127.0.0.1:8080  80/tcp            2",
                 }));
    }

    void blocked()
    {
        NetBlocked one;
        one.peer = peer(LongName, "192.0.2.7", 443);
        one.count = 12;
        one.lastSeen = Now.addSecs(-3);
        NetBlocked metadata;
        metadata.peer = peer({}, "169.254.169.254", 80);
        metadata.reason = GateReason::AlwaysBlocked;
        metadata.count = 1;
        metadata.lastSeen = Now;
        const QString text = blockedText("web", {}, {one, metadata}, Now, Width);
        QCOMPARE(lines(text),
                 QStringList({
                     "COUNT     LAST  DESTINATION",
                     "   12  3 s ago  a1b2c3d4e5f6.a-rather…omain.of.a.content.network.example.com:443",
                     "       no rule allows it",
                     "       to allow it: boxgate net allow web " + LongName + ":443",
                     "    1  0 s ago  169.254.169.254:80",
                     "       link-local, loopback, multicast and box-internal addresses are always blocked",
                 }));
    }

    void exposure()
    {
        const QList<HostListener> reached{listener(3000, "node", "", false),
                                          listener(5432, "postgres", "postgres", true),
                                          listener(8081, "", "", false)};
        QCOMPARE(lines(exposureText("web", {}, reached, RunsNow::Yes, Width)),
                 QStringList({
                     "PORT  PROCESS    PID  SERVICE   NOTE",
                     "3000  node      4711  -",
                     "5432  postgres  4711  postgres  SENSITIVE",
                     "8081  -            -  -",
                     "Box web reaches these as host.boxlite.internal.",
                     "Close 3000:  boxgate net host-loopback web 5432,8081",
                     "Close 5432:  boxgate net host-loopback web 3000,8081",
                     "Close 8081:  boxgate net host-loopback web 3000,5432",
                     "Close all:   boxgate net host-loopback web off",
                 }));
    }

    void exposureOfManyNamesTheSensitive()
    {
        QList<HostListener> reached;
        for (quint16 port = 1000; port < 1020; ++port)
            reached.append(listener(port, "p", "", port == 1007));
        const QString text = exposureText("web", {}, reached, RunsNow::No, Width);
        QVERIFY(text.contains("once it runs"));
        QVERIFY(text.contains("Close 1007:") && !text.contains("Close 1008:"));
    }

    void exposureOfNothing()
    {
        NetworkSpec network;
        QVERIFY(
            exposureText("web", network, {}, RunsNow::Yes, Width).contains("none of them listens there now"));
        network.hostLoopback = HostLoopback::Off;
        QVERIFY(exposureText("web", network, {}, RunsNow::Yes, Width).contains("setting is off"));
        network.mode = NetworkMode::Off;
        QVERIFY(exposureText("web", network, {}, RunsNow::Yes, Width).contains("its network is off"));
    }

    void history()
    {
        const auto minute = [](qint64 ago, const NetPeer &to, quint64 sent, quint64 received) {
            NetMinute one;
            one.minute = Now.toSecsSinceEpoch() - ago;
            one.peer = to;
            one.traffic = {sent, received, 1, 1};
            one.flows = 2;
            one.blocked = 1;
            return one;
        };
        const QList<HistoryTotal> totals = historyTotals(
            {minute(7200, peer("a.org", {}, 443), 10, 20), minute(120, peer("b.org", {}, 443), 100, 200),
             minute(60, peer("a.org", {}, 443), 1, 2), minute(60, peer("a.org", {}, 80), 5, 5)});
        QCOMPARE(lines(historyTable(totals, Now).toString({}, Width)),
                 QStringList({
                     "DESTINATION   DOWN     UP  FLOWS  BLOCKED       LAST",
                     "b.org:443    200 B  100 B      2        1  2 min ago",
                     "a.org:443     22 B   11 B      4        2  1 min ago",
                     "a.org:80       5 B    5 B      2        1  1 min ago",
                 }));
    }

    void verdicts()
    {
        NetTest allowed;
        allowed.allowed = true;
        allowed.reason = GateReason::NameRule;
        allowed.rule = "*.example.com:443";
        allowed.name = "api.example.com";
        allowed.addresses = {"192.0.2.7"};
        allowed.protocol = "tcp";
        allowed.port = 443;
        QCOMPARE(lines(testText("api.example.com:443", allowed, {})),
                 QStringList({
                     "allowed  api.example.com:443",
                     "because  rule *.example.com:443",
                     "name     api.example.com  192.0.2.7",
                 }));
        NetTest blocked;
        blocked.protocol = "tcp";
        blocked.port = 22;
        blocked.nextStep = "a rule such as '192.0.2.9:22' would allow it";
        QCOMPARE(lines(testText("192.0.2.9:22", blocked, "boxgate net allow web 192.0.2.9:22/tcp")),
                 QStringList({
                     "BLOCKED   192.0.2.9:22",
                     "because   no rule allows it",

                     "allow it  boxgate net allow web 192.0.2.9:22/tcp",
                 }));
    }

    void timesInJsonAreIso()
    {
        NetRuleUse used;
        used.rule = "a.org";
        used.lastUse = Now;
        const QJsonObject object = toJsonArray(QList<NetRuleUse>{used}).first().toObject();
        QCOMPARE(object["last_use"].toString(), "2023-11-14T22:13:20.000Z");
        QVERIFY(object["last_dns_error_at"].isNull());
        QCOMPARE(object["hits"].toInt(-1), 0);
    }
};

QTEST_GUILESS_MAIN(TestNetTables)
#include "tst_nettables.moc"
