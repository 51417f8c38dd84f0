#include "app/cli/gate/rulelist.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

/// JSON with ' for ": moc does not get over raw strings.
static QByteArray json(QByteArray text) { return text.replace('\'', '"'); }

class TestRuleList : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("rules");
        QTest::newRow("one a line") << QByteArray("a.org\nb.org:443\n") << QStringList{"a.org", "b.org:443"};
        QTest::newRow("comments and blanks")
            << QByteArray("# mine\n\n  a.org  # the site\n\t\n") << QStringList{"a.org"};
        QTest::newRow("lines of another system")
            << QByteArray("a.org\r\nb.org\r\n") << QStringList{"a.org", "b.org"};
        QTest::newRow("without a line feed at the end") << QByteArray("a.org") << QStringList{"a.org"};
        QTest::newRow("each once, whatever its case")
            << QByteArray("a.org\nA.ORG\na.org:443") << QStringList{"a.org", "a.org:443"};
        QTest::newRow("nothing") << QByteArray("# nothing\n") << QStringList{};
        QTest::newRow("JSON array") << json(" ['a.org', '10.0.0.0/8:123/udp'] ")
                                    << QStringList{"a.org", "10.0.0.0/8:123/udp"};
        QTest::newRow("JSON of net rules") << json("[{'rule': 'a.org', 'hits': 3}]") << QStringList{"a.org"};
        QTest::newRow("network specification")
            << json("{'mode': 'allowlist', 'allow_net': ['a.org'], 'mtu': 1500}") << QStringList{"a.org"};
        QTest::newRow("empty JSON array") << QByteArray("[]") << QStringList{};
    }

    void reads()
    {
        QFETCH(QByteArray, bytes);
        const RuleList list = readRuleList(bytes);
        QCOMPARE(list.problems, QStringList());
        QTEST(list.rules, "rules");
    }

    void namesEveryBadLine_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("begins");
        QTest::newRow("with its number")
            << QByteArray("a.org\nhttp://b.org\n# c\n\n10.0.0.0/33\nc.org:0x\n")
            << QStringList{"line 2: The rule 'http://b.org'", "line 5: The rule '10.0.0.0/33'",
                           "line 6: The rule 'c.org:0x'"};
        QTest::newRow("in an array") << json("['a.org', 7, 'http://b', {'name': 'x'}]")
                                     << QStringList{"rule 2: It must be text", "rule 3: The rule 'http://b'",
                                                    "rule 4: It must be text"};
        QTest::newRow("broken JSON") << QByteArray("[\"a.org\",\n\"b.org\"\n,,]")
                                     << QStringList{"line 3: This is not JSON"};
        QTest::newRow("unknown field") << json("{'rules': ['a.org']}") << QStringList{"line 1: "};
        QTest::newRow("not even text") << QByteArray("\xff\xfe\x00", 3) << QStringList{"line 1: "};
    }

    void namesEveryBadLine()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, begins);
        const RuleList list = readRuleList(bytes);
        QCOMPARE(list.problems.size(), begins.size());
        for (qsizetype i = 0; i < begins.size(); ++i)
            QVERIFY2(list.problems[i].startsWith(begins[i]), qPrintable(list.problems[i]));
    }

    void readsWhatItWrites()
    {
        const QStringList rules{"*.example.com:443", "10.0.0.0/8:5432-5440/tcp", "a.org/udp"};
        const QString text = ruleListText("web", rules);
        QVERIFY(text.startsWith("# Rules of box web\n"));
        QCOMPARE(readRuleList(text.toUtf8()).rules, rules);
    }

    void addsWhatIsNew()
    {
        NetworkSpec network;
        network.allowNet = {"a.org"};
        const Result<QStringList> added = addRules(network, {"A.org", "b.org", "b.org"});
        QVERIFY(added);
        QCOMPARE(*added, QStringList{"b.org"});
        QCOMPARE(network.allowNet, QStringList({"a.org", "b.org"}));
        QVERIFY(!addRules(network, {"c.org", "http://d.org"}));
        QCOMPARE(network.allowNet, QStringList({"a.org", "b.org"}));
    }

    void removesWhatIsNamed()
    {
        NetworkSpec network;
        network.allowNet = {"a.org", "api.example.com:443", "10.0.0.0/8"};
        QVERIFY(removeRules(network, {"API.example.com:443", "10.0.0.0/8"}));
        QCOMPARE(network.allowNet, QStringList{"a.org"});
    }

    void namesTheNearest_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("a forgotten port") << "api.example.com"
                                          << "did you mean 'api.example.com:443'?";
        QTest::newRow("a slip") << "api.exmaple.com:443"
                                << "did you mean 'api.example.com:443'?";
        QTest::newRow("a range") << "10.0.0.0/16"
                                 << "did you mean '10.0.0.0/8'?";
        QTest::newRow("nothing like it") << "registry.npmjs.org"
                                         << "There is no rule 'registry.npmjs.org'";
    }

    void namesTheNearest()
    {
        QFETCH(QString, rule);
        QFETCH(QString, sentence);
        NetworkSpec network;
        network.allowNet = {"api.example.com:443", "10.0.0.0/8"};
        const Result<void> removed = removeRules(network, {"10.0.0.0/8", rule});
        QVERIFY(!removed);
        QVERIFY(removed.error().code == ErrorCode::NotFound);
        QVERIFY2(removed.error().message.endsWith(sentence), qPrintable(removed.error().message));
        QCOMPARE(network.allowNet.size(), 2); // nothing was removed
    }
};

QTEST_GUILESS_MAIN(TestRuleList)
#include "tst_rulelist.moc"
