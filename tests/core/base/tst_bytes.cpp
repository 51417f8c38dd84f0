#include "core/base/bytes.h"

#include <QTest>

using namespace boxgate;

class TestBytes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<quint64>("count");
        QTest::newRow("bare number in the default unit") << "512" << (512ULL << 20);
        QTest::newRow("lower case") << "512m" << (512ULL << 20);
        QTest::newRow("upper case") << "10G" << (10ULL << 30);
        QTest::newRow("binary unit") << "64KiB" << (64ULL << 10);
        QTest::newRow("decimal spelling is binary too") << "1MB" << (1ULL << 20);
        QTest::newRow("fraction") << "1.5g" << (3ULL << 29);
        QTest::newRow("bytes") << "4096b" << 4096ULL;
        QTest::newRow("spaces around") << " 2 t " << (2ULL << 40);
    }

    void parses()
    {
        QFETCH(QString, text);
        const auto bytes = Bytes::parse(text, Bytes::fromMebi(1));
        QVERIFY(bytes);
        QTEST(bytes->count(), "count");
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("word") << "much";
        QTest::newRow("negative") << "-1g";
        QTest::newRow("unknown unit") << "1x";
        QTest::newRow("two numbers") << "1 2";
        QTest::newRow("too large") << "99999999999t";
        QTest::newRow("unit alone") << "m";
        QTest::newRow("hexadecimal") << "0x10";
    }

    void refuses()
    {
        QFETCH(QString, text);
        const auto bytes = Bytes::parse(text);
        QVERIFY(!bytes);
        QVERIFY(bytes.error().code == ErrorCode::InvalidArgument);
    }

    void shows_data()
    {
        QTest::addColumn<quint64>("count");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0ULL << "0 B";
        QTest::newRow("below a unit") << 1023ULL << "1023 B";
        QTest::newRow("whole") << (512ULL << 20) << "512 MiB";
        QTest::newRow("fraction") << (3ULL << 29) << "1.5 GiB";
        QTest::newRow("rounds up into the next unit") << ((1ULL << 20) - 1) << "1 MiB";
    }

    void shows()
    {
        QFETCH(quint64, count);
        QTEST(Bytes(count).toDisplay(), "text");
    }

    void showsRates_data()
    {
        QTest::addColumn<double>("rate");
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << 0.0 << "0 B/s";
        QTest::newRow("never negative") << -5.0 << "0 B/s";
        QTest::newRow("whole bytes") << 12.4 << "12 B/s";
        QTest::newRow("decimal units") << 1'200'000.0 << "1.2 MB/s";
    }

    void showsRates()
    {
        QFETCH(double, rate);
        QTEST(rateToDisplay(rate), "text");
    }
};

QTEST_GUILESS_MAIN(TestBytes)
#include "tst_bytes.moc"
