#include "core/store/traffichistory.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <thread>

using namespace boxgate;

namespace {

constexpr qint64 Minute = 1'700'000'040; // a multiple of 60

NetMinute entry(const QString &name, qint64 minute = Minute, quint64 bytes = 100)
{
    NetMinute made;
    made.minute = minute;
    made.peer.protocol = QStringLiteral("tcp");
    made.peer.name = name;
    made.peer.port = 443;
    made.traffic = {bytes, 2 * bytes, 1, 2};
    made.flows = 1;
    made.blocked = 3;
    return made;
}

QList<NetMinute> many(int count, qint64 minute, quint64 bytes = 1000)
{
    QList<NetMinute> entries;
    for (int i = 0; i < count; ++i)
        entries.append(entry(QStringLiteral("host%1.test").arg(i), minute, bytes + quint64(i)));
    return entries;
}

} // namespace

class TrafficHistoryTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TrafficHistory> opened(qint64 maxRows = TrafficHistory::MaxRows)
    {
        auto history = TrafficHistory::open(m_file, maxRows);
        if (!history)
            qFatal("open: %s (%s)", qPrintable(history.error().message), qPrintable(history.error().detail));
        return std::move(*history);
    }

    QTemporaryDir m_directory;
    QString m_file;
    int m_next = 0;

private Q_SLOTS:
    void init() { m_file = m_directory.filePath(QStringLiteral("traffic%1.db").arg(m_next++)); }

    void returnsWhatWasAdded();
    void addsUpWithinAMinute();
    void boundsAMinute();
    void theSumOfTheSmallestStaysASum();
    void forgetsWhatIsOldOrAhead();
    void forgetsTheOldestAboveItsRows();
    void twoReadersSeeWholeMinutes();
    void aDamagedFileIsSaidAndReplaced_data();
    void aDamagedFileIsSaidAndReplaced();
    void saysWhenItCannotWrite();
};

void TrafficHistoryTest::returnsWhatWasAdded()
{
    NetMinute full = entry(QString());
    full.peer.protocol = QStringLiteral("udp");
    full.peer.direction = FlowDirection::Inbound;
    full.peer.address = QStringLiteral("192.0.2.7");
    const QList<NetMinute> later{entry(QStringLiteral("b.test"), Minute + 60)};
    {
        const auto history = opened();
        QVERIFY(history->add({full}));
        QVERIFY(history->add({}));
        QVERIFY(history->add(later));
    }
    const auto history = opened();
    QCOMPARE(history->since(0)->size(), 2);
    QVERIFY(history->since(0)->first() == full);
    QVERIFY(*history->since(Minute + 1) == later);
    QVERIFY(history->since(Minute + 61)->isEmpty());
}

void TrafficHistoryTest::addsUpWithinAMinute()
{
    const auto history = opened();
    QVERIFY(history->add({entry(QStringLiteral("a.test")), entry(QStringLiteral("b.test"))}));
    QVERIFY(history->add({entry(QStringLiteral("b.test")), entry(QStringLiteral("c.test"))}));
    const Result<QList<NetMinute>> read = history->since(0);
    QCOMPARE(read->size(), 3);
    const auto isB = [](const NetMinute &one) { return one.peer.name == QLatin1String("b.test"); };
    const NetMinute b = *std::find_if(read->begin(), read->end(), isB);
    QVERIFY((b.traffic == NetTraffic{200, 400, 2, 4}));
    QCOMPARE(b.flows, 2U);
    QCOMPARE(b.blocked, 6U);
}

void TrafficHistoryTest::boundsAMinute()
{
    const QList<NetMinute> bounded = boundedMinute(many(1000, Minute));
    QCOMPARE(bounded.size(), TrafficHistory::MaxPerMinute);
    const NetMinute others = bounded.last();
    QVERIFY(others.peer == NetPeer());
    QCOMPARE(others.minute, Minute);
    QCOMPARE(others.flows, quint64(1000 - TrafficHistory::MaxPerMinute + 1));
    quint64 sent = 0;
    for (const NetMinute &one : bounded)
        sent += one.traffic.bytesSent;
    QCOMPARE(sent, 1000ULL * 1000 + 999 * 1000 / 2); // nothing is lost
    const auto isSmallest = [](const NetMinute &one) { return one.peer.name == QLatin1String("host0.test"); };
    QVERIFY(std::none_of(bounded.begin(), bounded.end(), isSmallest));

    // The control: what fits is left alone.
    QCOMPARE(boundedMinute(many(256, Minute)).size(), 256);
    QVERIFY(!(boundedMinute(many(256, Minute)).last().peer == NetPeer()));
}

void TrafficHistoryTest::theSumOfTheSmallestStaysASum()
{
    const auto history = opened();
    QVERIFY(history->add(many(400, Minute)));
    QVERIFY(history->add(many(400, Minute)));
    const Result<QList<NetMinute>> read = history->since(0);
    QCOMPARE(read->size(), TrafficHistory::MaxPerMinute);
    const auto isSum = [](const NetMinute &one) { return one.peer == NetPeer(); };
    QCOMPARE(std::count_if(read->begin(), read->end(), isSum), 1);
    quint64 flows = 0;
    for (const NetMinute &one : *read)
        flows += one.flows;
    QCOMPARE(flows, 800U);
}

void TrafficHistoryTest::forgetsWhatIsOldOrAhead()
{
    const auto history = opened();
    QVERIFY(history->add({entry(QStringLiteral("ahead.test"), Minute + 2 * TrafficHistory::KeptSeconds)}));
    QVERIFY(history->add({entry(QStringLiteral("old.test"), Minute - TrafficHistory::KeptSeconds - 60)}));
    QVERIFY(history->add({entry(QStringLiteral("kept.test"), Minute - TrafficHistory::KeptSeconds)}));
    QVERIFY(history->add({entry(QStringLiteral("now.test"))}));
    const Result<QList<NetMinute>> read = history->since(0);
    QCOMPARE(read->size(), 2);
    QCOMPARE(read->first().peer.name, "kept.test");
    QCOMPARE(read->last().peer.name, "now.test");
}

void TrafficHistoryTest::forgetsTheOldestAboveItsRows()
{
    constexpr qint64 maxRows = 1000;
    const auto history = opened(maxRows);
    for (int i = 0; i < 40; ++i) {
        QVERIFY(history->add(many(100, Minute + i * 60)));
        QVERIFY(history->since(0)->size() <= maxRows);
    }
    const Result<QList<NetMinute>> read = history->since(0);
    QVERIFY(read->size() >= maxRows / 2);
    QCOMPARE(read->last().minute, Minute + 39 * 60);
    QVERIFY(read->first().minute > Minute + 25 * 60);
    // It is not begun anew with a wrong count.
    const auto again = opened(maxRows);
    for (int i = 40; i < 60; ++i)
        QVERIFY(again->add(many(100, Minute + i * 60)));
    QVERIFY(again->since(0)->size() <= maxRows);
}

void TrafficHistoryTest::twoReadersSeeWholeMinutes()
{
    constexpr int minutes = 30;
    constexpr int perMinute = 100;
    const auto history = opened();
    QVERIFY(history->add(many(perMinute, Minute)));
    std::atomic<bool> isOver{false};
    std::atomic<int> looks{0};
    std::atomic<int> wrong{0};
    const auto look = [&] {
        const auto reader = TrafficHistory::open(m_file);
        if (!reader) {
            ++wrong;
            return;
        }
        while (!isOver) {
            const Result<QList<NetMinute>> read = (*reader)->since(0);
            ++looks;
            if (!read || read->size() % perMinute != 0 || read->isEmpty())
                ++wrong;
        }
    };
    std::thread one(look);
    std::thread other(look);
    for (int i = 1; i < minutes || (looks < 4 && wrong == 0); ++i) {
        if (!history->add(many(perMinute, Minute + (i % minutes) * 60)))
            ++wrong;
    }
    isOver = true;
    one.join();
    other.join();
    QCOMPARE(wrong.load(), 0);
    QCOMPARE(history->since(0)->size(), minutes * perMinute);
}

void TrafficHistoryTest::aDamagedFileIsSaidAndReplaced_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("another kind of file")
        << QByteArray("this is no database at all, but long enough for one");
    QTest::newRow("a heading and nothing behind it")
        << QByteArray("SQLite format 3\0", 16) + QByteArray(200, '\x7f');
}

void TrafficHistoryTest::aDamagedFileIsSaidAndReplaced()
{
    QFETCH(const QByteArray, bytes);
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    const auto refused = TrafficHistory::open(m_file);
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::Corrupt);
    QVERIFY2(refused.error().message.contains(QLatin1String("is damaged: the box's next run begins a new")),
             qPrintable(refused.error().message));
    TrafficHistory::remove(m_file);
    QVERIFY(opened()->add({entry(QStringLiteral("a.test"))}));
    QCOMPARE(opened()->since(0)->size(), 1);
}

void TrafficHistoryTest::saysWhenItCannotWrite()
{
    const auto history = TrafficHistory::open(m_directory.filePath(QStringLiteral("gone/traffic.db")));
    QVERIFY(!history);
    QVERIFY(history.error().code == ErrorCode::Denied);
}

QTEST_GUILESS_MAIN(TrafficHistoryTest)
#include "tst_traffichistory.moc"
