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
