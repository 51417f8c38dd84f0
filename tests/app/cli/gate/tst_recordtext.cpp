#include "app/cli/gate/recordtext.h"
#include "app/cli/gate/rulelist.h"

#include <QJsonArray>
#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

class TestRecordText : public QObject
{
    Q_OBJECT

    static QList<RecordedRule> someRules()
    {
        return {{"*.cdn.example.com:443",
                 {"r1.cdn.example.com", "r2.cdn.example.com", "r3.cdn.example.com", "r4.cdn.example.com"},
                 {1024, 2048, 1, 1},
                 12},
                {"10.0.0.5:5432/tcp", {"10.0.0.5"}, {10, 20, 1, 1}, 1}};
    }

    static Recording usedLoopback()
    {
        NetDestination alias;
        alias.reason = GateReason::HostAlias;
        alias.peer.port = 5432;
        Recording recording;
        recording.lasted = std::chrono::seconds(600);
        recording.destinations = {alias};
        return recording;
    }

private Q_SLOTS:
    void isAFileOfRules()
    {
        const QString text = recordText("web", usedLoopback(), someRules());
        QCOMPARE(text,
                 QString("# Box web, recorded for 10 min: rules that were missing: 2\n"
                         "*.cdn.example.com:443  # 12 flows, 2 KiB down, 1 KiB up; seen: r1.cdn.example.com, "
                         "r2.cdn.example.com, r3.cdn.example.com and 1 more\n"
                         "10.0.0.5:5432/tcp      # 1 flow, 20 B down, 10 B up\n"
                         "# It used port 5432 of this host's 127.0.0.1, which needs no rule: 'boxgate net "
                         "host-loopback web 5432' leaves just that\n"));
        const RuleList read = readRuleList(text.toUtf8());
        QCOMPARE(read.problems, QStringList());
        QCOMPARE(read.rules, QStringList({"*.cdn.example.com:443", "10.0.0.5:5432/tcp"}));
    }

    void saysThatNothingWasMissing() { QVERIFY(recordText("web", {}, {}).endsWith("no rule was missing\n")); }

    void isData()
    {
        const QJsonObject object = recordJson("web", usedLoopback(), someRules());
        QCOMPARE(object["seconds"].toInt(), 600);
        QVERIFY(object["complete"].toBool());
        QCOMPARE(object["rules"].toArray().size(), 2);
        QCOMPARE(object["rules"][0]["seen"].toArray().size(), 4);
        QCOMPARE(object["host_loopback_ports"].toArray(), QJsonArray{5432});
        Recording lost;
        lost.end = RecordEnd::ConnectionLost;
        QVERIFY(!recordJson("web", lost, {})["complete"].toBool());
    }
};

QTEST_GUILESS_MAIN(TestRecordText)
#include "tst_recordtext.moc"
