#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/flow/flowtable.h"

#include "net/forward/tokenbucket.h"
#include "net/trafficmeter.h"

using namespace boxgate::net;
using namespace std::chrono_literals;

namespace {

FlowKey key(uint16_t guestPort, Transport transport = Transport::Tcp)
{
    return {transport, guestPort, Ipv4::of(1, 2, 3, 4), 443};
}

const Flow::Clock::time_point Now = Flow::Clock::now();

} // namespace

class TestFlowTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFlowIsFoundByItsKeyAndItsSocket()
    {
        FlowTable table(10);
        Flow *const flow = table.add(key(1), {true, Reason::OpenMode}, Now);
        QVERIFY(flow);
        table.setSocket(*flow, 700);
        QCOMPARE(table.find(key(1)), flow);
        QCOMPARE(table.findBySocket(700), flow);
        QVERIFY(!table.find(key(2)));
        QVERIFY(!table.find(key(1, Transport::Udp)));
        QVERIFY(!table.findBySocket(701));
        QVERIFY(!table.findBySocket(-1));
        QVERIFY(flow->verdict.isAllowed);
    }

    void aKeyIsTakenOnce()
    {
        FlowTable table(10);
        QVERIFY(table.add(key(1), {}, Now));
        QVERIFY(!table.add(key(1), {}, Now));
        QCOMPARE(table.size(), 1u);
    }

    void aSocketMovesWithItsFlow()
    {
        FlowTable table(10);
        Flow *const flow = table.add(key(1), {}, Now);
        table.setSocket(*flow, 5);
        table.setSocket(*flow, 6);
        QVERIFY(!table.findBySocket(5));
        table.remove(*flow);
        QVERIFY(!table.findBySocket(6));
        QVERIFY(!table.find(key(1)));
    }

    void itRefusesBeyondItsCapacity()
    {
        FlowTable table(2);
        QVERIFY(table.add(key(1), {}, Now) && table.add(key(2), {}, Now));
        QVERIFY(table.isFull());
        QVERIFY(!table.add(key(3), {}, Now));
    }

    void flowsStayWhereTheyAreAndMayGoWhileVisited()
    {
        FlowTable table(5000);
        Flow *const first = table.add(key(1), {}, Now);
        for (uint16_t port = 2; port < 4000; ++port)
            table.add(key(port), {}, Now);
        QCOMPARE(table.find(key(1)), first);
        table.forEach([&](Flow &flow) { table.remove(flow); });
        QCOMPARE(table.size(), 0u);
    }

    void aBucketLetsItsBurstAndItsRatePass()
    {
        TokenBucket bucket(10, 3);
        int passed = 0;
        for (int i = 0; i < 10; ++i)
            passed += bucket.take(Now);
        QCOMPARE(passed, 3);
        QVERIFY(!bucket.take(Now + 50ms));
        QVERIFY(bucket.take(Now + 101ms));
    }

    void samplesFillGapsWithZero()
    {
        TrafficMeter meter(1000);
        meter.sent(10);
        meter.advance(1003);
        meter.received(5);
        meter.blocked();
        meter.advance(1004);
        const auto samples = meter.samples(0, 1005);
        QCOMPARE(samples.size(), 5u);
        QCOMPARE(samples[0].second, 1000);
        QCOMPARE(samples[0].bytesSent, 10u);
        QCOMPARE(samples[1].bytesSent, 0u);
        QCOMPARE(samples[3].bytesReceived, 5u);
        QCOMPARE(samples[3].packetsBlocked, 1u);
        QCOMPARE(meter.samples(1003, 1005).size(), 2u);
        QCOMPARE(meter.counters().bytesSent, 10u);
        QCOMPARE(meter.counters().packetsReceived, 1u);
    }

    void aSecondThatIsNotPublishedYetIsNotReportedAsEmpty()
    {
        TrafficMeter meter(1000);
        meter.sent(10);
        QCOMPARE(meter.samples(0, 1002).size(), 0u);
        meter.advance(1002);
        QCOMPARE(meter.samples(0, 1002).size(), 2u);
    }

    void samplesAreKeptForAnHour()
    {
        TrafficMeter meter(1000);
        meter.sent(10);
        meter.advance(1001);
        const auto samples = meter.samples(0, 1000 + 2 * TrafficMeter::SampleSeconds);
        QCOMPARE(samples.size(), size_t(TrafficMeter::SampleSeconds));
        for (const Sample &sample : samples)
            QCOMPARE(sample.bytesSent, 0u);
    }
};

QTEST_APPLESS_MAIN(TestFlowTable)
#include "tst_flowtable.moc"
