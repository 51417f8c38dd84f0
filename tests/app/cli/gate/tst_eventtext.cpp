#include "app/cli/gate/eventtext.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

Q_DECLARE_METATYPE(NetEvent)

class TestEventText : public QObject
{
    Q_OBJECT

    static NetEvent event(NetEvent::Kind kind, const QString &name, const QString &address, quint16 port)
    {
        NetEvent event;
        event.sequence = 5;
        event.at = QDateTime(QDate(2026, 3, 4), QTime(5, 6, 7), Qt::UTC);
        event.kind = kind;
        event.peer.protocol = "tcp";
        event.peer.name = name;
        event.peer.address = address;
        event.peer.port = port;
        return event;
    }

private Q_SLOTS:
    void initTestCase() { qputenv("TZ", "UTC"); }

    void tells_data()
    {
        QTest::addColumn<NetEvent>("event");
        QTest::addColumn<QString>("line");
        NetEvent begun = event(NetEvent::Kind::FlowBegun, "api.example.com", "192.0.2.7", 443);
        begun.reason = GateReason::NameRule;
        begun.rule = "*.example.com:443";
        QTest::newRow("begun, by a rule")
            << begun << "allowed  tcp  api.example.com:443 (192.0.2.7)  rule *.example.com:443";
        NetEvent open = event(NetEvent::Kind::FlowBegun, "", "192.0.2.7", 53);
        open.peer.protocol = "udp";
        QTest::newRow("begun, in open mode") << open << "allowed  udp  192.0.2.7:53/udp  the network is open";
        NetEvent inbound = event(NetEvent::Kind::FlowBegun, "", "127.0.0.1", 50123);
        inbound.peer.direction = FlowDirection::Inbound;
        inbound.reason = GateReason::PortMap;
        QTest::newRow("a client of a port")
            << inbound << "allowed  tcp  from 127.0.0.1:50123  it came through a published port";
        NetEvent ended = begun;
        ended.kind = NetEvent::Kind::FlowEnded;
        ended.traffic = {1024, 2048, 1, 1};
        QTest::newRow("ended") << ended
                               << "ended    tcp  api.example.com:443 (192.0.2.7)  2 KiB down, 1 KiB up";
        NetEvent blocked = event(NetEvent::Kind::Blocked, "", "192.0.2.9", 443);
        blocked.reason = GateReason::NoRule;
        blocked.count = 1;
        QTest::newRow("blocked") << blocked << "BLOCKED  tcp  192.0.2.9:443  no rule allows it";
        blocked.count = 7;
        QTest::newRow("blocked again and again")
            << blocked << "BLOCKED  tcp  192.0.2.9:443  no rule allows it, 7 times";
        NetEvent frame = event(NetEvent::Kind::Blocked, "", "", 0);
        frame.peer.protocol.clear();
        frame.reason = GateReason::BadFrame;
        QTest::newRow("a frame without an address")
            << frame << "BLOCKED       -  no honest guest sends such a packet";
        NetEvent refused = event(NetEvent::Kind::Dns, "evil.example", "", 0);
        refused.peer.protocol.clear();
        refused.result = DnsResult::Refused;
        refused.dnsType = "TXT";
        QTest::newRow("name refused")
            << refused << "REFUSED  dns  evil.example TXT  no rule names it: not asked outside";
        NetEvent resolved = refused;
        resolved.result = DnsResult::Answered;
        resolved.dnsType = "AAAA";
        QTest::newRow("name resolved") << resolved << "name     dns  evil.example AAAA  resolved";
        resolved.peer.address = "192.0.2.7";
        resolved.dnsType = "A";
        QTest::newRow("name resolved to an address")
            << resolved << "name     dns  evil.example (192.0.2.7) A  resolved";
        QTest::newRow("changed") << event(NetEvent::Kind::PolicyChanged, "", "", 0)
                                 << "changed  the network's settings";
        NetEvent hostile = event(NetEvent::Kind::Blocked, "a\033[2J%1\nb", "192.0.2.9", 443);
        hostile.reason = GateReason::ForeignName;
        QTest::newRow("a name that moves the cursor")
            << hostile
            << "BLOCKED  tcp  a?[2J%1?b:443 (192.0.2.9)  the host that it asked for is not allowed at this "
               "address";
    }

    void tells()
    {
        QFETCH(NetEvent, event);
        QFETCH(QString, line);
        QCOMPARE(eventText(event), "03-04 05:06:07  " + line);
    }

    void knowsWhatIsBlocked()
    {
        QVERIFY(isBlocked(event(NetEvent::Kind::Blocked, "", "192.0.2.9", 1)));
        QVERIFY(!isBlocked(event(NetEvent::Kind::FlowBegun, "", "192.0.2.9", 1)));
        NetEvent dns = event(NetEvent::Kind::Dns, "a.org", "", 0);
        QVERIFY(!isBlocked(dns));
        dns.result = DnsResult::Refused;
        QVERIFY(isBlocked(dns));
    }

    void readsRanges()
    {
        const NetEvent one = event(NetEvent::Kind::Blocked, "", "192.0.2.9", 1);
        const auto has = [&one](const QString &text, int age) {
            const Result<EventRange> range = EventRange::parse(text, one.at.addSecs(age));
            return range && range->contains(one);
        };
        QVERIFY(EventRange().contains(one));
        QVERIFY(has("4", 0));
        QVERIFY(!has("5", 0));
        QVERIFY(has("10m", 600));
        QVERIFY(!has("10m", 601));
        QVERIFY(!EventRange::parse("yesterday", one.at));
        QVERIFY(!EventRange::parse("-3", one.at));
    }
};

QTEST_GUILESS_MAIN(TestEventText)
#include "tst_eventtext.moc"
