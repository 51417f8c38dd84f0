#include "app/cli/gate/networkoptions.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

/// The words of zones, limits and rates; the options themselves are in tst_boxspecoptions.
class TestNetworkOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsRates_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("rate"); // -1: refused
        QTest::newRow("mebibytes") << "1M" << (qint64(1) << 20);
        QTest::newRow("fraction") << "1.5m" << qint64(1572864);
        QTest::newRow("kibibytes each second") << "512k/s" << qint64(524288);
        QTest::newRow("bytes") << "100000" << qint64(100000);
        QTest::newRow("off") << "off" << qint64(0);
        QTest::newRow("zero") << "0" << qint64(0);
        QTest::newRow("negative") << "-1m" << qint64(-1);
        QTest::newRow("a word") << "fast" << qint64(-1);
        QTest::newRow("empty") << "" << qint64(-1);
    }

    void readsRates()
    {
        QFETCH(QString, text);
        const Result<quint64> rate = rateFromText(text);
        QTEST(rate ? qint64(*rate) : -1, "rate");
    }

    void readsLimits_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("isRead");
        QTest::addColumn<quint64>("sent");
        QTest::addColumn<quint64>("received");
        QTest::newRow("both") << "sent=1m,received=512k" << true << quint64(1048576) << quint64(524288);
        QTest::newRow("the other order") << "received=1k, sent=2k" << true << quint64(2048) << quint64(1024);
        QTest::newRow("what is not named stays") << "sent=1k" << true << quint64(1024) << quint64(7);
        QTest::newRow("off") << "received=off" << true << quint64(7) << quint64(0);
        QTest::newRow("another direction") << "down=1m" << false << quint64(7) << quint64(7);
        QTest::newRow("no rate") << "sent=" << false << quint64(7) << quint64(7);
        QTest::newRow("no direction") << "1m" << false << quint64(7) << quint64(7);
        QTest::newRow("empty part") << "sent=1k," << false << quint64(1024) << quint64(7);
    }

    void readsLimits()
    {
        QFETCH(QString, text);
        RateLimits limits{7, 7};
        const Result<void> read = readLimits(text, limits);
        QTEST(read.has_value(), "isRead");
        QTEST(limits.sentBytesPerSecond, "sent");
        QTEST(limits.receivedBytesPerSecond, "received");
    }

    void sameNameMerges()
    {
        QList<DnsZone> zones;
        for (const char *word : {"lab.test", "lab.test:db=10.0.0.5", "other.test=10.0.0.8",
                                 "LAB.test:@=10.0.0.1", "lab.test:a.b=10.0.0.6", "lab.test=10.0.0.9"})
            QVERIFY2(addZone(word, zones), word);
        QCOMPARE(zones.size(), 2);
        const QList<DnsRecord> records{{"db", "10.0.0.5"}, {"", "10.0.0.1"}, {"a.b", "10.0.0.6"}};
        QCOMPARE(zones[0].records, records);
        QCOMPARE(zones[0].defaultIp, "10.0.0.9");
        QCOMPARE(zones[1].name, "other.test");
        QCOMPARE(zones[1].defaultIp, "10.0.0.8");
    }

    void refusesZones_data()
    {
        QTest::addColumn<QString>("word");
        QTest::newRow("empty") << "";
        QTest::newRow("record without an address") << "lab.test:db";
        QTest::newRow("record with an empty address") << "lab.test:db=";
        QTest::newRow("record without a host") << "lab.test:=10.0.0.5";
        QTest::newRow("address that is none") << "lab.test=somewhere";
        QTest::newRow("IPv6") << "lab.test:db=::1";
        QTest::newRow("name that is none") << "lab..test=10.0.0.5";
        QTest::newRow("the built-in one") << "boxlite.internal:x=10.0.0.5";
    }

    void refusesZones()
    {
        QFETCH(QString, word);
        QList<DnsZone> zones;
        const Result<void> added = addZone(word, zones);
        QVERIFY(!added);
        QVERIFY(zones.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestNetworkOptions)
#include "tst_networkoptions.moc"
