#include "app/cli/gate/recordedrules.h"
#include "app/cli/gate/rulelist.h"
#include "core/model/rulematcher.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

Q_DECLARE_METATYPE(NetDestination)

class TestRecordedRules : public QObject
{
    Q_OBJECT

    /// "name:port", "name:port/udp" or the same with an address.
    static NetDestination to(const QString &text, quint64 flows = 1)
    {
        NetDestination destination;
        destination.peer.protocol = text.endsWith("/udp") ? "udp" : "tcp";
        const QString host = text.section(':', 0, 0);
        const bool isAddress = isIpv4Address(host);
        destination.peer.name = isAddress ? QString() : host;
        destination.peer.address = isAddress ? host : "203.0.113.9";
        destination.peer.port = text.section(':', 1).section('/', 0, 0).toUShort();
        destination.flows = flows;
        destination.traffic = {10, 20, 1, 2};
        return destination;
    }

    static QList<NetDestination> toAll(const QStringList &texts)
    {
        QList<NetDestination> all;
        for (const QString &text : texts)
            all.append(to(text));
        return all;
    }

    static QStringList numbered(const QString &pattern, int from, int to)
    {
        QStringList texts;
        for (int i = from; i <= to; ++i)
            texts.append(QString(pattern).replace('#', QString::number(i)));
        return texts;
    }

    static QStringList rulesOf(const QList<RecordedRule> &recorded)
    {
        QStringList rules;
        for (const RecordedRule &rule : recorded)
            rules.append(rule.rule);
        return rules;
    }

private Q_SLOTS:
    void derives_data()
    {
        QTest::addColumn<QStringList>("destinations");
        QTest::addColumn<QStringList>("rules");
        QTest::newRow("nothing") << QStringList{} << QStringList{};
        QTest::newRow("a name") << QStringList{"api.example.com:443"} << QStringList{"api.example.com:443"};
        QTest::newRow("each once, whatever its case")
            << QStringList{"a.org:443", "A.org:443"} << QStringList{"a.org:443"};
        QTest::newRow("UDP to a name says so")
            << QStringList{"a.org:443", "a.org:443/udp"} << QStringList{"a.org:443", "a.org:443/udp"};
        QTest::newRow("an address says its protocol")
            << QStringList{"192.0.2.7:443"} << QStringList{"192.0.2.7:443/tcp"};
        QTest::newRow("unless it is both")
            << QStringList{"192.0.2.7:63", "192.0.2.7:63/udp"} << QStringList{"192.0.2.7:63"};
        QTest::newRow("both on one port of two")
            << QStringList{"192.0.2.7:63", "192.0.2.7:63/udp", "192.0.2.7:64"}
            << QStringList{"192.0.2.7:63", "192.0.2.7:64/tcp"};
        QTest::newRow("ports side by side")
            << QStringList{"a.org:8001", "a.org:8000", "a.org:8002", "a.org:8004"}
            << QStringList{"a.org:8000-8002", "a.org:8004"};
        QTest::newRow("ports of two hosts do not meet")
            << QStringList{"a.org:80", "b.org:81"} << QStringList{"a.org:80", "b.org:81"};
        QTest::newRow("by domain, then addresses by number")
            << QStringList{"10.0.0.10:1", "b.a.org:1", "10.0.0.9:1", "z.com:1", "a.org:1"}
            << QStringList{"z.com:1", "a.org:1", "b.a.org:1", "10.0.0.9:1/tcp", "10.0.0.10:1/tcp"};
        QTest::newRow("many hosts of one domain")
            << numbered("r#.cdn.example.com:443", 1, 5) << QStringList{"*.cdn.example.com:443"};
        QTest::newRow("one fewer is not many")
            << numbered("r#.cdn.example.com:443", 1, 4) << numbered("r#.cdn.example.com:443", 1, 4);
        QTest::newRow("on other ports they stay apart") << numbered("r#.example.com:443", 1, 5)
                + QStringList{"r1.example.com:80"} << QStringList{"*.example.com:443", "r1.example.com:80"};
        QTest::newRow("the domain itself is not below it") << numbered("r#.example.com:443", 1, 5)
                + QStringList{"example.com:443"} << QStringList{"example.com:443", "*.example.com:443"};
        QTest::newRow("deeper names are covered, too")
            << numbered("r#.example.com:443", 1, 5) + numbered("a.b#.example.com:443", 1, 2)
            << QStringList{"*.example.com:443"};
        QTest::newRow("a wildcard inside a wildcard is none") << numbered("r#.example.com:443", 1, 5)
                + numbered("r#.eu.example.com:443", 1, 5) << QStringList{"*.example.com:443"};
        QTest::newRow("never a country's second level")
            << numbered("shop#.co.uk:443", 1, 6) << numbered("shop#.co.uk:443", 1, 6);
        QTest::newRow("never a top-level domain")
            << numbered("shop#.com:443", 1, 6) << numbered("shop#.com:443", 1, 6);
        QTest::newRow("never where strangers have names")
            << numbered("user#.github.io:443", 1, 6) << numbered("user#.github.io:443", 1, 6);
        QTest::newRow("many addresses side by side")
            << numbered("192.0.2.#:123/udp", 1, 8) << QStringList{"192.0.2.0/24:123/udp"};
        QTest::newRow("fewer stay alone")
            << numbered("192.0.2.#:123/udp", 1, 7) << numbered("192.0.2.#:123/udp", 1, 7);
    }

    void derives()
    {
        QFETCH(QStringList, destinations);
        const QList<NetDestination> all = toAll(destinations);
        const QStringList rules = rulesOf(recordedRules(all, {}, RuleWidth::Grouped));
        QTEST(rules, "rules");
        // Whatever was seen passes under them, by the gate's own matcher, and the rules can be enforced.
        const RuleMatcher matcher(rules);
        for (const NetDestination &destination : all)
            QVERIFY2(matcher.match(destination.peer), qPrintable(destination.peer.label()));
        NetworkSpec network;
        QVERIFY(addRules(network, rules));
    }

    void exactAllowsNothingElse()
    {
        const QStringList many = numbered("r#.cdn.example.com:443", 1, 9) + numbered("192.0.2.#:1/udp", 1, 9);
        QCOMPARE(rulesOf(recordedRules(toAll(many), {}, RuleWidth::Exact)), many);
    }

    void saysWhatEachStandsFor()
    {
        QList<NetDestination> all = toAll(numbered("r#.example.com:443", 1, 5));
        all.append(to("r1.example.com:443", 7));
        const QList<RecordedRule> recorded = recordedRules(all, {}, RuleWidth::Grouped);
        QCOMPARE(recorded.size(), 1);
        QCOMPARE(recorded[0].seen, numbered("r#.example.com", 1, 5));
        QCOMPARE(recorded[0].flows, 12u);
        QCOMPARE(recorded[0].traffic, (NetTraffic{60, 120, 6, 12}));
    }

    void repeatsNoRuleThatIsThere()
    {
        const QList<NetDestination> all = toAll({"api.example.com:443", "a.org:22", "10.0.0.5:5432"});
        const QStringList known{"*.example.com", "10.0.0.0/8:5432/tcp"};
        QCOMPARE(rulesOf(recordedRules(all, known, RuleWidth::Grouped)), QStringList{"a.org:22"});
    }

    void needsNoRule_data()
    {
        QTest::addColumn<NetDestination>("destination");
        NetDestination inbound = to("192.0.2.7:80");
        inbound.peer.direction = FlowDirection::Inbound;
        QTest::newRow("a client of a port") << inbound;
        NetDestination alias = to("host.boxlite.internal:5432");
        alias.reason = GateReason::HostAlias;
        QTest::newRow("the host alias") << alias;
        NetDestination ping = to("192.0.2.7:0");
        ping.peer.protocol.clear();
        QTest::newRow("neither TCP nor UDP") << ping;
    }

    void needsNoRule()
    {
        QFETCH(NetDestination, destination);
        QCOMPARE(recordedRules({destination}, {}, RuleWidth::Grouped), QList<RecordedRule>());
    }

    void listsUsedLoopbackPorts()
    {
        QList<NetDestination> all =
            toAll({"host.boxlite.internal:5432", "host.boxlite.internal:80", "a.org:1"});
        all[0].reason = GateReason::HostAlias;
        all[1].reason = GateReason::HostAlias;
        QCOMPARE(recordedLoopbackPorts(all), QList<quint16>({80, 5432}));
    }

    void usesTheAddressWhereTheNameIsNone()
    {
        NetDestination odd = to("192.0.2.7:443");
        for (const char *name : {"a b; rm", "*.org", "-x.org", "1.2.3.4.5"}) {
            odd.peer.name = name;
            QCOMPARE(rulesOf(recordedRules({odd}, {}, RuleWidth::Grouped)), QStringList{"192.0.2.7:443/tcp"});
        }
    }

    void takesWhatWasUsedSince()
    {
        QList<NetDestination> before = toAll({"idle.org:443", "busy.org:443", "again.org:443"});
        QList<NetDestination> now = before + toAll({"new.org:443"});
        now[1].traffic.packetsSent += 3; // an open flow goes on
        now[1].traffic.bytesSent += 300;
        now[2].flows += 2;
        const QList<NetDestination> since = destinationsSince(before, now);
        QCOMPARE(rulesOf(recordedRules(since, {}, RuleWidth::Exact)),
                 QStringList({"again.org:443", "busy.org:443", "new.org:443"}));
        QCOMPARE(since[0].traffic.bytesSent, 300u);
        QCOMPARE(since[1].flows, 2u);
    }
};

QTEST_GUILESS_MAIN(TestRecordedRules)
#include "tst_recordedrules.moc"
