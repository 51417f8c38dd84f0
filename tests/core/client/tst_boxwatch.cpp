#include "core/client/boxwatch.h"
#include "tests/core/client/scriptedrunner.h"

#include <QSignalSpy>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;

class TestBoxWatch : public QObject
{
    Q_OBJECT

    static NetSample at(qint64 second, quint64 bytes = 1)
    {
        NetSample sample;
        sample.second = second;
        sample.bytesReceived = bytes;
        return sample;
    }

private Q_SLOTS:
    void leavesNoGaps()
    {
        QList<NetSample> samples;
        appendWithoutGaps(samples, at(10));
        appendWithoutGaps(samples, at(13));
        QCOMPARE(samples.size(), 4);
        QCOMPARE(samples[1].second, 11);
        QCOMPARE(samples[1].bytesReceived, 0u);
        appendWithoutGaps(samples, at(13, 99)); // told twice
        appendWithoutGaps(samples, at(12, 99)); // the clock was set back
        QCOMPARE(samples.size(), 4);
        QCOMPARE(samples.last().bytesReceived, 1u);
    }

    void keepsAnHour()
    {
        QList<NetSample> samples;
        appendWithoutGaps(samples, at(10));
        appendWithoutGaps(samples, at(10 + 86'400 * 365)); // the host slept
        QCOMPARE(samples.size(), BoxWatch::MaxSamples);
        QCOMPARE(samples.last().second, 10 + 86'400 * 365);
        for (qsizetype i = 1; i < samples.size(); ++i)
            QCOMPARE(samples[i].second, samples[i - 1].second + 1);
    }

    void followsARunToItsEnd()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        const auto operations = std::make_shared<BoxOperations>(home.paths, home.store.get());
        ScriptedRunner runner(home, id);
        runner.samples = {at(100, 5), at(101, 6)};
        BoxWatch watch(id, operations);
        QSignalSpy ended(&watch, &BoxWatch::ended);
        QTRY_COMPARE(watch.samples().size(), 2);
        BoxSummary summary;
        watch.describe(summary);
        QVERIFY(summary.state == BoxState::Running);
        QCOMPARE(summary.accelerator, "tcg");

        SampleEvent event;
        event.sample = at(102, 7);
        event.counters.bytesReceived = 18;
        runner.tellSample(event);
        QTRY_COMPARE(watch.samples().size(), 3);
        watch.describe(summary);
        QCOMPARE(summary.counters.bytesReceived, 18u);

        runner.state.state = BoxState::Stopping;
        runner.tellState();
        QTRY_VERIFY((watch.describe(summary), summary.state == BoxState::Stopping));
        QCOMPARE(ended.count(), 0);
        runner.die();
        QTRY_COMPARE(ended.count(), 1);
    }

    void endsWhenTheRunnerNeverListened()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        const auto operations = std::make_shared<BoxOperations>(home.paths, home.store.get());
        std::optional<FileLock> lock = std::move(*FileLock::acquire(home.paths.boxLock(id.toString())));
        BoxWatch watch(id, operations);
        QSignalSpy ended(&watch, &BoxWatch::ended);
        BoxSummary summary;
        watch.describe(summary);
        QVERIFY(summary.state == BoxState::Starting);
        lock.reset();
        QTRY_COMPARE(ended.count(), 1);
    }
};

QTEST_GUILESS_MAIN(TestBoxWatch)
#include "tst_boxwatch.moc"
