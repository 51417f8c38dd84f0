#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/wire/sanitiser.h"
#include "net/wire/segmentmerger.h"
#include "tests/net/framefixture.h"

#include <numeric>

using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

constexpr size_t IpAt = EthernetHeader;
constexpr size_t TcpAt = IpAt + Ipv4Header;
constexpr Ipv4 Server = Ipv4::of(93, 184, 216, 34);

/// What may differ between two segments of the guest.
struct Segment
{
    uint32_t sequence = 1000;
    size_t size = 100;
    uint8_t flags = TcpAck;
    uint32_t acknowledgment = 5000;
    uint16_t window = 64240;
    uint16_t sourcePort = 40000;
    Ipv4 to = Server;
    uint8_t service = 0;
    bool isIntact = true;
};

void mendTcp(Frame &frame, Ipv4 to)
{
    storeBe16(frame.data() + TcpAt + 16, 0);
    storeBe16(frame.data() + TcpAt + 16,
              transportChecksum(plan::Guest, to, ProtocolTcp, std::span(frame).subspan(TcpAt)));
}

Frame frameOf(const Segment &segment)
{
    Frame data(segment.size);
    std::iota(data.begin(), data.end(), uint8_t(segment.sequence));
    Frame frame = tcp(segment.flags, data, segment.to);
    frame[IpAt + 1] = segment.service;
    mendIpv4(frame, IpAt);
    storeBe16(frame.data() + TcpAt, segment.sourcePort);
    storeBe32(frame.data() + TcpAt + 4, segment.sequence);
    storeBe32(frame.data() + TcpAt + 8, segment.acknowledgment);
    storeBe16(frame.data() + TcpAt + 14, segment.window);
    mendTcp(frame, segment.to);
    if (!segment.isIntact)
        frame.back() ^= 1;
    return frame;
}

/// Frames one behind the other, as they lie in the buffer into which they were received.
class Received
{
public:
    explicit Received(const std::vector<Frame> &frames)
    {
        for (const Frame &frame : frames) {
            m_bytes.insert(m_bytes.end(), 4, 0); // the frame's prefix
            m_begins.push_back(m_bytes.size());
            m_bytes.insert(m_bytes.end(), frame.begin(), frame.end());
            m_sizes.push_back(frame.size());
        }
    }

    /// Offers one to the merger, as the sanitiser leaves it.
    bool addTo(SegmentMerger &merger, size_t index)
    {
        const std::span<uint8_t> frame(m_bytes.data() + m_begins[index], m_sizes[index]);
        const Sanitised clean = sanitise(frame, 65535);
        return clean.kind == FrameKind::Tcp && merger.add(frame, clean.packet);
    }

private:
    std::vector<uint8_t> m_bytes;
    std::vector<size_t> m_begins;
    std::vector<size_t> m_sizes;
};

bool isRight(const Packet &segment)
{
    return checksum(segment.ip.first(Ipv4Header)) == 0
        && transportChecksum(segment.source, segment.destination, ProtocolTcp, segment.payload) == 0;
}

} // namespace

Q_DECLARE_METATYPE(Segment)

class TestSegmentMerger : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void makesOneOfThoseThatFollow_data()
    {
        QTest::addColumn<std::vector<size_t>>("sizes");
        QTest::newRow("one") << std::vector<size_t>{100};
        QTest::newRow("two") << std::vector<size_t>{100, 200};
        QTest::newRow("an odd end") << std::vector<size_t>{100, 201};
        QTest::newRow("single bytes at the end") << std::vector<size_t>{2, 1};
        QTest::newRow("as many as fit") << std::vector<size_t>(44, 1460);
    }

    void makesOneOfThoseThatFollow()
    {
        QFETCH(std::vector<size_t>, sizes);
        std::vector<Frame> frames;
        Frame data;
        uint32_t sequence = 0xfffff000; // wraps
        for (const size_t size : sizes) {
            frames.push_back(frameOf({.sequence = sequence, .size = size}));
            data.insert(data.end(), frames.back().end() - ptrdiff_t(size), frames.back().end());
            sequence += uint32_t(size);
        }
        Received received(frames);
        SegmentMerger merger;
        for (size_t i = 0; i < sizes.size(); ++i)
            QVERIFY(received.addTo(merger, i));
        const auto merged = merger.take();
        QVERIFY(merged);
        const Packet &segment = merged->segment;
        QCOMPARE(segment.frames, uint32_t(sizes.size()));
        QVERIFY(std::ranges::equal(segment.data, data));
        QVERIFY(isRight(segment));
        // and the frame says the same as the packet
        const Sanitised again = sanitise(merged->frame, 65535);
        QCOMPARE(again.kind, FrameKind::Tcp);
        QCOMPARE(again.packet.tcpSequence, 0xfffff000u);
        QCOMPARE(again.packet.data.size(), data.size());
        QVERIFY(again.packet.data.data() == segment.data.data());
        QVERIFY(!merger.take());
    }

    void takesWhatContinuesAndNothingElse_data()
    {
        QTest::addColumn<Segment>("second");
        QTest::addColumn<bool>("isTaken");
        const uint32_t next = 1100;
        QTest::newRow("control") << Segment{.sequence = next} << true;
        QTest::newRow("pushed") << Segment{.sequence = next, .flags = TcpAck | TcpPsh} << true;
        QTest::newRow("a newer acknowledgment")
            << Segment{.sequence = next, .acknowledgment = 5001, .window = 1} << true;
        QTest::newRow("an older acknowledgment")
            << Segment{.sequence = next, .acknowledgment = 4999} << false;
        QTest::newRow("a gap") << Segment{.sequence = next + 1} << false;
        QTest::newRow("an overlap") << Segment{.sequence = next - 1} << false;
        QTest::newRow("no data") << Segment{.sequence = next, .size = 0} << false;
        QTest::newRow("the end") << Segment{.sequence = next, .flags = TcpAck | TcpFin} << false;
        QTest::newRow("a reset") << Segment{.sequence = next, .flags = TcpAck | TcpRst} << false;
        QTest::newRow("congestion bits") << Segment{.sequence = next, .flags = TcpAck | 0x40} << false;
        QTest::newRow("another port") << Segment{.sequence = next, .sourcePort = 40001} << false;
        QTest::newRow("another host") << Segment{.sequence = next, .to = Ipv4::of(93, 184, 216, 35)} << false;
        QTest::newRow("another class of service") << Segment{.sequence = next, .service = 8} << false;
        QTest::newRow("too much") << Segment{.sequence = next, .size = 65400} << false;
    }

    void takesWhatContinuesAndNothingElse()
    {
        QFETCH(Segment, second);
        QFETCH(bool, isTaken);
        Received received({frameOf({}), frameOf(second)});
        SegmentMerger merger;
        QVERIFY(received.addTo(merger, 0));
        QCOMPARE(received.addTo(merger, 1), isTaken);
        const auto merged = merger.take();
        QVERIFY(merged && isRight(merged->segment));
        QCOMPARE(merged->segment.frames, isTaken ? 2u : 1u);
        QCOMPARE(merged->segment.data.size(), isTaken ? 200u : 100u);
        if (isTaken) {
            QCOMPARE(merged->segment.tcpFlags, second.flags);
            QCOMPARE(merged->segment.tcpAcknowledgment, second.acknowledgment);
            QCOMPARE(loadBe16(merged->segment.payload.data() + 14), second.window);
        }
    }

    void continuesNothingOfOddLength()
    {
        Received received({frameOf({.size = 101}), frameOf({.sequence = 1101})});
        SegmentMerger merger;
        QVERIFY(received.addTo(merger, 0));
        QVERIFY(!received.addTo(merger, 1));
    }

    void aWrongPartMakesTheWholeWrong_data()
    {
        QTest::addColumn<size_t>("wrong");
        QTest::newRow("the first") << size_t(0);
        QTest::newRow("the second") << size_t(1);
        QTest::newRow("the third") << size_t(2);
        QTest::newRow("control") << size_t(3);
    }

    void aWrongPartMakesTheWholeWrong()
    {
        QFETCH(size_t, wrong);
        std::vector<Frame> frames;
        for (uint32_t i = 0; i < 3; ++i)
            frames.push_back(frameOf({.sequence = 1000 + 100 * i, .isIntact = i != wrong}));
        Received received(frames);
        SegmentMerger merger;
        for (size_t i = 0; i < 3; ++i)
            QVERIFY(received.addTo(merger, i));
        QCOMPARE(isRight(merger.take()->segment), wrong == 3);
    }
};

QTEST_APPLESS_MAIN(TestSegmentMerger)

#include "tst_segmentmerger.moc"
