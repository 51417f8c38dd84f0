#include "core/model/netreport.h"

#include <QJsonArray>
#include <QTest>

#include <functional>

using namespace boxgate;

namespace {

QDateTime at(qint64 milliseconds) { return QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC); }

NetPeer peer()
{
    return {"udp", FlowDirection::Inbound, "192.0.2.7", 53, "ns.example.test", NameOrigin::Sni};
}

NetTraffic traffic() { return {1, 2, 3, 4}; }

NetEvent blockedEvent()
{
    NetEvent event;
    event.sequence = 9;
    event.at = at(1'700'000'000'123);
    event.kind = NetEvent::Kind::Blocked;
    event.peer = peer();
    event.reason = GateReason::ForeignName;
    event.rule = "*.example.test";
    event.detail = "short";
    event.traffic = traffic();
    event.count = 5;
    event.result = DnsResult::Refused;
    event.dnsType = "TYPE65280";
    return event;
}

using Reader = std::function<Result<QJsonObject>(const QJsonObject &)>;

/// Reads a report and writes it again.
template <typename Report> Reader reader()
{
    return [](const QJsonObject &object) -> Result<QJsonObject> {
        const Result<Report> read = Report::fromJson(object);
        BOXGATE_TRY(read);
        return read->toJson();
    };
}

struct Kind
{
    const char *name;
    QJsonObject full; ///< every field has a value other than its default
    Reader read;
};

QList<Kind> kinds()
{
    const QDateTime first = at(1'700'000'000'000);
    const QDateTime last = at(1'700'000'001'000);
    const NetFlow flow{7,    peer(), 40000, GateReason::NameRule, "*.example.test", traffic(),
                       true, first,  last};
    const NetDestination destination{peer(), GateReason::PortMap, "r", 2, 1, traffic(), first, last};
    const NetBlocked blocked{peer(), GateReason::BadFrame, "short", 3, first, last};
    const NetDnsQuestion question{first, "a.test", 28, DnsResult::Failed, 3, {"192.0.2.1"}, 2};
    const NetRuleUse use{"a.test", 4, first, "NXDOMAIN", last};
    const NetTest test{true, GateReason::AddressRule, "r", "n", {"192.0.2.1"}, "tcp", 443, "do this"};
    const NetPort port{PortMapping{Protocol::Udp, "0.0.0.0", 5353, 53}, 2};
    const NetCapture capture{true, "/f", 1, 2, 3, true, "no space"};
    const NetMinute minute{1'700'000'040, peer(), traffic(), 5, 6};
    const NetEventBatch batch{{blockedEvent()}, 2};
    return {{"flow", flow.toJson(), reader<NetFlow>()},
            {"destination", destination.toJson(), reader<NetDestination>()},
            {"blocked", blocked.toJson(), reader<NetBlocked>()},
            {"question", question.toJson(), reader<NetDnsQuestion>()},
            {"rule use", use.toJson(), reader<NetRuleUse>()},
            {"event", blockedEvent().toJson(), reader<NetEvent>()},
            {"batch", batch.toJson(), reader<NetEventBatch>()},
            {"test", test.toJson(), reader<NetTest>()},
            {"port", port.toJson(), reader<NetPort>()},
            {"capture", capture.toJson(), reader<NetCapture>()},
            {"minute", minute.toJson(), reader<NetMinute>()}};
}

} // namespace

class TestNetReport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyReportSurvives()
    {
        for (const Kind &kind : kinds()) {
            const Result<QJsonObject> again = kind.read(kind.full);
            QVERIFY2(again, kind.name);
            QCOMPARE(*again, kind.full);
        }
    }

    void everyFieldIsNeededAndNoneIsIgnored()
    {
        for (const Kind &kind : kinds()) {
            for (const QString &field : kind.full.keys()) {
                QJsonObject object = kind.full;
                object.remove(field);
                const bool mayLack = field == "events" || field == "map";
                const Result<QJsonObject> lacking = kind.read(object);
                QVERIFY2(mayLack || !lacking, qPrintable(field + " of " + kind.name));
                QVERIFY(mayLack || lacking.error().message.contains(field));
                object.insert(field, QJsonArray{QJsonArray()}); // of no field's kind
                QVERIFY2(!kind.read(object), qPrintable(field + " of " + kind.name));
            }
            QJsonObject object = kind.full;
            object.insert("colour", 1);
            const Result<QJsonObject> unknown = kind.read(object);
            QVERIFY2(!unknown && unknown.error().message.contains("colour"), kind.name);
        }
    }

    void refusesWhatNoRunnerSays_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("a negative number") << "count" << QJsonValue(-1);
        QTest::newRow("a number that JSON does not hold exactly") << "bytes_sent" << QJsonValue(1e18);
        QTest::newRow("a port beyond 65535") << "port" << QJsonValue(65536);
        QTest::newRow("an address that is none") << "address" << QJsonValue("192.0.2.256");
        QTest::newRow("IPv6") << "address" << QJsonValue("::1");
        QTest::newRow("an unknown reason") << "reason" << QJsonValue("because");
        QTest::newRow("an unknown kind") << "kind" << QJsonValue("flow");
        QTest::newRow("an unknown direction") << "direction" << QJsonValue("up");
        QTest::newRow("an unknown protocol") << "protocol" << QJsonValue("sctp");
        QTest::newRow("a text beyond its bound") << "name" << QJsonValue(QString(5000, u'a'));
        QTest::newRow("a time beyond all") << "at" << QJsonValue(1e16);
    }

    void refusesWhatNoRunnerSays()
    {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        QJsonObject object = blockedEvent().toJson();
        QVERIFY(NetEvent::fromJson(object));
        object.insert(field, value);
        const Result<NetEvent> read = NetEvent::fromJson(object);
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains(field), qPrintable(read.error().message));
    }

    void aTimeThatNeverCameIsNull()
    {
        NetRuleUse unused;
        unused.rule = "a.test";
        const Result<NetRuleUse> read = NetRuleUse::fromJson(unused.toJson());
        QVERIFY(read && read->lastUse.isNull());
    }

    void countersStayWithinWhatJsonHolds()
    {
        NetDestination busy;
        busy.traffic.bytesSent = std::numeric_limits<quint64>::max();
        const Result<NetDestination> read = NetDestination::fromJson(busy.toJson());
        QVERIFY(read);
        QCOMPARE(read->traffic.bytesSent, quint64(1) << 53);
    }

    void everyReasonHasItsWord()
    {
        QStringList words;
        for (int i = 0; i <= int(GateReason::BadFrame); ++i) {
            const auto reason = GateReason(i);
            const QString word = toString(reason);
            QVERIFY(!words.contains(word));
            words.append(word);
            QVERIFY(gateReasonFromString(word) == reason);
            QVERIFY(!explain(reason).isEmpty());
        }
        QVERIFY(!gateReasonFromString("because"));
        QVERIFY(isAllowed(GateReason::PortMap));
        QVERIFY(!isAllowed(GateReason::NoRule));
    }

    void peersHaveLabels_data()
    {
        QTest::addColumn<QString>("protocol");
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("port");
        QTest::addColumn<QString>("label");
        QTest::newRow("a name") << "tcp"
                                << "api.example.test" << 443 << "api.example.test:443";
        QTest::newRow("an address over UDP") << "udp"
                                             << "" << 53 << "192.0.2.7:53/udp";
        QTest::newRow("no port") << ""
                                 << "" << 0 << "192.0.2.7";
    }

    void peersHaveLabels()
    {
        QFETCH(QString, protocol);
        QFETCH(QString, name);
        QFETCH(int, port);
        NetPeer labelled;
        labelled.protocol = protocol;
        labelled.address = "192.0.2.7";
        labelled.name = name;
        labelled.port = quint16(port);
        QTEST(labelled.label(), "label");
    }

    void typesHaveNames()
    {
        QCOMPARE(dnsTypeName(1), "A");
        QCOMPARE(dnsTypeName(65), "HTTPS");
        QCOMPARE(dnsTypeName(65280), "TYPE65280");
    }
};

QTEST_GUILESS_MAIN(TestNetReport)
#include "tst_netreport.moc"
