#include "app/cli/nearestword.h"

#include <QTest>

using namespace boxgate::cli;

class TestNearestWord : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void finds_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<int>("slips");
        QTest::addColumn<QString>("nearest");
        QTest::newRow("letters swapped") << "strat" << 2 << "start";
        QTest::newRow("one is missing") << "stp" << 2 << "stop";
        QTest::newRow("case does not count") << "STOP" << 0 << "stop";
        QTest::newRow("too far") << "remove" << 2 << "";
        QTest::newRow("nothing of it would stay") << "ab" << 5 << "";
        QTest::newRow("empty") << "" << 5 << "";
    }

    void finds()
    {
        QFETCH(QString, word);
        QFETCH(int, slips);
        QTEST(nearestWord(word, {"start", "stop", "restart"}, slips), "nearest");
    }

    void aPastedPageCostsNothing()
    {
        QCOMPARE(nearestWord(QString(1'000'000, 'x'), {QString(1'000'000, 'y')}, 2), QString());
    }
};

QTEST_GUILESS_MAIN(TestNearestWord)
#include "tst_nearestword.moc"
