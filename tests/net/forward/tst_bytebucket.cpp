#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/forward/bytebucket.h"

#include <random>

using namespace boxgate::net;
using namespace std::chrono_literals;

namespace {

using Clock = ByteBucket::Clock;

/// A sender that always has another frame, on a clock that only it moves: it waits as long as the bucket
/// says.
class Sender
{
public:
    explicit Sender(uint64_t rate) { bucket.setRate(rate); }

    /// Sends until the clock has reached end, and returns the bytes.
    template <typename NextSize> uint64_t sendUntil(Clock::time_point end, NextSize nextSize)
    {
        uint64_t sent = 0;
        while (now < end) {
            if (!bucket.isOpen(now)) {
                now += bucket.untilOpen(now);
                continue;
            }
            const size_t size = nextSize();
            bucket.take(size);
            sent += size;
        }
        return sent;
    }

    ByteBucket bucket;
    Clock::time_point now = Clock::time_point(1234567ns);
};

constexpr uint64_t Huge = std::numeric_limits<uint64_t>::max();

} // namespace

class TestByteBucket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutARateItIsAlwaysOpen()
    {
        ByteBucket bucket;
        QVERIFY(!bucket.isLimited());
        bucket.take(std::numeric_limits<size_t>::max());
        QVERIFY(bucket.isOpen({}));
        QCOMPARE(bucket.untilOpen({}), 0ms);
        bucket.setRate(1000); // control: what passed without a limit is no debt
        QVERIFY(bucket.isLimited());
        QVERIFY(!bucket.isOpen(Clock::time_point(1s)));
        QVERIFY(bucket.isOpen(Clock::time_point(1s + 1ms)));
    }

    void theAverageIsTheRate_data()
    {
        QTest::addColumn<quint64>("rate");
        QTest::addColumn<int>("smallest");
        QTest::addColumn<int>("largest");
        QTest::newRow("1 Mbit/s, frames of Ethernet") << quint64(125'000) << 60 << 1514;
        QTest::newRow("1 MiB/s, all sizes") << quint64(1 << 20) << 1 << 65550;
        QTest::newRow("100 MB/s, one size") << quint64(100'000'000) << 1514 << 1514;
        QTest::newRow("100 MB/s, largest frames") << quint64(100'000'000) << 65550 << 65550;
        QTest::newRow("1 GB/s, all sizes") << quint64(1'000'000'000) << 1 << 65550;
    }
    void theAverageIsTheRate()
    {
        QFETCH(quint64, rate);
        QFETCH(int, smallest);
        QFETCH(int, largest);
        std::mt19937 random(7);
        std::uniform_int_distribution<size_t> size{size_t(smallest), size_t(largest)};
        Sender sender(rate);
        const uint64_t sent = sender.sendUntil(sender.now + 10s, [&] { return size(random); });
        QVERIFY2(std::abs(double(sent) - double(rate) * 10) <= double(rate) * 10 * 0.01,
                 qPrintable(QString::number(sent)));
    }

    void aBurstIsBounded_data()
    {
        QTest::addColumn<quint64>("rate");
        QTest::addColumn<quint64>("burst");
        QTest::newRow("a largest frame where the rate is low") << quint64(1000) << quint64(65550);
        QTest::newRow("100 ms where it is higher") << quint64(10'000'000) << quint64(1'000'000);
    }
    void aBurstIsBounded()
    {
        QFETCH(quint64, rate);
        QFETCH(quint64, burst);
        constexpr size_t Size = 1000;
        Sender sender(rate);
        QVERIFY(!sender.bucket.isOpen(sender.now)); // it begins empty
        sender.now += 1h;
        const auto once = [&, end = sender.now + 1ns] { return sender.sendUntil(end, [] { return Size; }); };
        const uint64_t sent = once();
        QVERIFY(sent >= burst);
        QVERIFY(sent < burst + rate / 1000 + 2 * Size); // and the first frame after the wait
    }

    void afterTheWaitItIsOpenAndNotBefore()
    {
        std::mt19937 random(11);
        for (const uint64_t rate : {uint64_t(1), uint64_t(3), uint64_t(1000), uint64_t(999'983),
                                    uint64_t(1'000'000), uint64_t(1) << 33}) {
            Sender sender(rate);
            for (int round = 0; round < 1000; ++round) {
                while (sender.bucket.isOpen(sender.now))
                    sender.bucket.take(1 + random() % 65550);
                const auto wait = sender.bucket.untilOpen(sender.now);
                QVERIFY(wait > 0ms);
                ByteBucket early = sender.bucket;
                QVERIFY(!early.isOpen(sender.now + wait - 1ms));
                sender.now += wait;
                QVERIFY(sender.bucket.isOpen(sender.now));
                QCOMPARE(sender.bucket.untilOpen(sender.now), 0ms);
            }
        }
    }

    void aNewRateGrantsNoBurstToADebtor_data()
    {
        QTest::addColumn<QList<quint64>>("rates");
        QTest::newRow("higher") << QList<quint64>{1'000'000};
        QTest::newRow("by way of no limit") << QList<quint64>{0, 1'000'000};
        QTest::newRow("to and fro") << QList<quint64>{1'000'000'000'000, 1, 1'000'000};
    }
    void aNewRateGrantsNoBurstToADebtor()
    {
        QFETCH(QList<quint64>, rates);
        Sender sender(100);
        while (!sender.bucket.isOpen(sender.now))
            sender.now += 1ms;
        sender.bucket.take(60'000);
        sender.now += 100s; // pays for a sixth of it, but only if somebody looks before the rate changes
        QVERIFY(!sender.bucket.isOpen(sender.now));
        sender.now += 100s;
        for (const quint64 rate : rates)
            sender.bucket.setRate(rate);
        QVERIFY(!sender.bucket.isOpen(sender.now));
        QCOMPARE(sender.bucket.untilOpen(sender.now), 50ms); // 50,000 bytes at 1 MB/s, and not at once
        QVERIFY(!sender.bucket.isOpen(sender.now + 49ms));
        QVERIFY(sender.bucket.isOpen(sender.now + 50ms)); // control
    }

    void aLowerRateMakesTheBucketSmaller()
    {
        Sender sender(100'000'000);
        sender.bucket.isOpen(sender.now);
        sender.now += 10s;
        QVERIFY(sender.bucket.isOpen(sender.now)); // 10 MB have gathered
        sender.bucket.setRate(1000);
        sender.bucket.take(65551);
        QVERIFY(!sender.bucket.isOpen(sender.now));
    }

    void hugeRatesDoNotOverflow()
    {
        Sender sender(Huge);
        QVERIFY(!sender.bucket.isOpen(sender.now));
        QCOMPARE(sender.bucket.untilOpen(sender.now), 1ms);
        sender.now = Clock::time_point::max();
        QVERIFY(sender.bucket.isOpen(sender.now));
        sender.bucket.take(ByteBucket::MostBytes - 1);
        QVERIFY(sender.bucket.isOpen(sender.now));
        sender.bucket.take(std::numeric_limits<size_t>::max());
        QVERIFY(!sender.bucket.isOpen(sender.now));
        QCOMPARE(sender.bucket.untilOpen(sender.now), 1ms);
    }

    void oneBytePerSecondIsARate()
    {
        Sender sender(1);
        QVERIFY(!sender.bucket.isOpen(sender.now));
        sender.now += 1ms;
        QVERIFY(sender.bucket.isOpen(sender.now));
        sender.bucket.take(1001);
        QCOMPARE(sender.bucket.untilOpen(sender.now),
                 1'001'000ms); // less what the first ms brought, rounded up
        sender.bucket.take(std::numeric_limits<size_t>::max());
        QCOMPARE(sender.bucket.untilOpen(sender.now),
                 4'000'000'000s + 1ms); // MostBytes are owed, and not more
    }

    void aClockThatStandsOrGoesBackGrantsNothing()
    {
        Sender sender(1'000'000);
        sender.bucket.isOpen(sender.now);
        QVERIFY(sender.bucket.isOpen(sender.now + 1s));
        sender.bucket.take(200'000);
        QVERIFY(!sender.bucket.isOpen(sender.now + 1s));
        QVERIFY(!sender.bucket.isOpen(sender.now));
        QVERIFY(!sender.bucket.isOpen(sender.now + 1s));
        QVERIFY(sender.bucket.isOpen(sender.now + 2s)); // control
    }
};

QTEST_APPLESS_MAIN(TestByteBucket)
#include "tst_bytebucket.moc"
