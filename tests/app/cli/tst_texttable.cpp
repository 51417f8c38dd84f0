#include "app/cli/humantime.h"
#include "app/cli/texttable.h"

#include <QTest>

using namespace boxgate::cli;

class TestTextTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void alignsColumns()
    {
        TextTable table({"NAME", ">SIZE", "IMAGE"});
        table.addRow({"a", "512 MiB", "x"});
        table.addRow({"longer", "1 GiB", ""});
        QCOMPARE(table.toString(), "NAME       SIZE  IMAGE\na       512 MiB  x\nlonger    1 GiB\n");
    }

    void indentsRowsWithoutHeadings()
    {
        TextTable table;
        table.addRow({"run", "Make a box"});
        QCOMPARE(table.toString("  "), "  run  Make a box\n");
    }

    void disarmsControlCharacters()
    {
        TextTable table({"NAME"});
        table.addRow({QString("a\033[2Jb\nc")});
        QCOMPARE(table.toString(), "NAME\na?[2Jb?c\n");
    }

    void disarmsWhatTurnsTheDirection()
    {
        QCOMPARE(printable(QString("a") + QChar(0x202E) + "b" + QChar(0x2028) + "c"), QString("a?b?c"));
    }

    void shortensTheMiddle_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("width");
        QTest::addColumn<QString>("shown");
        QTest::newRow("fits") << "api.example.com" << 15 << "api.example.com";
        QTest::newRow("the end says whose it is")
            << "a-long-name.of.some.example.com" << 16 << "a-lon…xample.com";
        QTest::newRow("one character") << "abc" << 1 << "…";
        QTest::newRow("two") << "abc" << 2 << "…c";
    }

    void shortensTheMiddle()
    {
        QFETCH(QString, text);
        QFETCH(int, width);
        QTEST(elided(text, width), "shown");
    }

    void shortensOnlyMarkedColumns()
    {
        TextTable table({"NAME", "~DESTINATION", ">BYTES"});
        table.addRow({"a-name-that-stays", QString(60, 'd'), "512 MiB"});
        table.addRow({"b", "short", "1 B"});
        QCOMPARE(table.toString({}, 60),
                 QString("NAME               DESTINATION                         BYTES\n"
                         "a-name-that-stays  dddddddddd…ddddddddddddddddddddd  512 MiB\n"
                         "b                  short                                 1 B\n"));
        QVERIFY(table.toString().contains(QString(60, 'd'))); // no limit
    }

    void shortensTheWidestFirstAndNoneToNothing()
    {
        TextTable table({"~A", "~B"});
        table.addRow({QString(50, 'a'), QString(20, 'b')});
        QCOMPARE(table.toString({}, 42).split('\n').at(1),
                 QString(6, 'a') + "…" + QString(13, 'a') + "  " + QString(20, 'b'));
        const QString narrow = table.toString({}, 10).split('\n').at(1);
        QCOMPARE(narrow.size(), 2 * TextTable::MinElastic + 2);
    }

    void showsHowLongAgo_data()
    {
        QTest::addColumn<int>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("the future is now") << -5 << "0 s ago";
        QTest::newRow("seconds") << 59 << "59 s ago";
        QTest::newRow("minutes") << 3599 << "59 min ago";
        QTest::newRow("hours") << 86399 << "23 h ago";
        QTest::newRow("days") << 86400 * 12 << "12 d ago";
    }

    void showsHowLongAgo()
    {
        QFETCH(int, seconds);
        const QDateTime now = QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC);
        QTEST(agoToDisplay(now.addSecs(-seconds), now), "text");
        QCOMPARE(agoToDisplay({}, now), QString("-"));
    }

    void readsDurations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("seconds");
        QTest::newRow("seconds") << "90s" << 90;
        QTest::newRow("minutes") << "10m" << 600;
        QTest::newRow("hours") << "24h" << 86400;
        QTest::newRow("days") << "2d" << 172800;
        QTest::newRow("no unit") << "10" << -1;
        QTest::newRow("none") << "0s" << -1;
        QTest::newRow("negative") << "-1m" << -1;
        QTest::newRow("above a year") << "367d" << -1;
        QTest::newRow("words") << "soon" << -1;
        QTest::newRow("overflow") << "999999999d" << -1;
        QTest::newRow("empty") << "" << -1;
    }

    void readsDurations()
    {
        QFETCH(QString, text);
        const auto duration = durationFromText(text);
        QTEST(duration ? int(duration->count()) : -1, "seconds");
    }

    void showsDurations_data()
    {
        QTest::addColumn<int>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("negative clock step") << -5 << "0 s";
        QTest::newRow("seconds") << 59 << "59 s";
        QTest::newRow("a whole minute") << 60 << "1 min";
        QTest::newRow("minutes") << 200 << "3 min 20 s";
        QTest::newRow("hours") << 3600 * 5 + 200 << "5 h 3 min";
        QTest::newRow("days") << 86400 * 12 + 3600 * 4 << "12 d 4 h";
    }

    void showsDurations()
    {
        QFETCH(int, seconds);
        QTEST(durationToDisplay(std::chrono::seconds(seconds)), "text");
    }
};

QTEST_GUILESS_MAIN(TestTextTable)
#include "tst_texttable.moc"
