#include "core/model/boxname.h"

#include "core/model/boxid.h"

#include <QTest>

using namespace boxgate;

class TestBoxName : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checks_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("word") << "web" << true;
        QTest::newRow("all characters") << "a-b_c.9" << true;
        QTest::newRow("digit first") << "9lives" << true;
        QTest::newRow("63 characters") << QString(63, 'a') << true;
        QTest::newRow("64 characters") << QString(64, 'a') << false;
        QTest::newRow("empty") << "" << false;
        QTest::newRow("upper case") << "Web" << false;
        QTest::newRow("dash first would be an option") << "-rm" << false;
        QTest::newRow("dot first would be hidden") << ".web" << false;
        QTest::newRow("slash would be a path") << "a/b" << false;
        QTest::newRow("space") << "a b" << false;
        QTest::newRow("trailing newline") << "web\n" << false;
        QTest::newRow("looks like an id") << "0123456789ab" << false;
        QTest::newRow("letters beyond ASCII") << QStringLiteral("b\u00fcchse") << false;
    }

    void checks()
    {
        QFETCH(QString, name);
        QTEST(checkBoxName(name).has_value(), "good");
    }

    void suggestionsAreNamesThatAreFree()
    {
        QStringList taken;
        for (int i = 0; i < 2000; ++i) {
            const QString name = suggestBoxName(taken);
            QVERIFY(checkBoxName(name));
            QVERIFY(!taken.contains(name));
            taken.append(name);
        }
    }

    void idsRoundTrip()
    {
        const BoxId id = BoxId::random();
        QCOMPARE(BoxId::parse(id.toString())->toString(), id.toString());
        QVERIFY(!BoxId::parse("0123456789AB"));
        QVERIFY(!BoxId::parse("0123456789ab\n"));
        QVERIFY(!BoxId::parse("../../../etc"));
    }
};

QTEST_GUILESS_MAIN(TestBoxName)
#include "tst_boxname.moc"
