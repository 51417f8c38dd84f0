#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/wire/framebuilder.h"
#include "net/wire/reassembler.h"
#include "net/wire/sanitiser.h"

#include "tests/net/framefixture.h"

using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

Frame fromHex(const char *hex)
{
    const QByteArray bytes = QByteArray::fromHex(hex);
    return Frame(bytes.begin(), bytes.end());
}

QByteArray toBytes(std::span<const uint8_t> data)
{
    return QByteArray(reinterpret_cast<const char *>(data.data()), qsizetype(data.size()));
}

/// The fragments of a datagram, as clean packets over frames that live here.
struct Fragments
{
    Frame whole = udp(Frame(4000, 0x5a));
    std::vector<Frame> frames;

    explicit Fragments(size_t room = 1480)
    {
        const Frame payload(whole.begin() + 34, whole.end());
        for (size_t offset = 0; offset < payload.size(); offset += room) {
            const size_t end = std::min(offset + room, payload.size());
            Frame frame =
                ethernet(EtherTypeIpv4,
                         ipv4(ProtocolUdp,
                              Frame(payload.begin() + ptrdiff_t(offset), payload.begin() + ptrdiff_t(end))));
            storeBe16(frame.data() + 14 + 6,
                      uint16_t(offset / 8 | (end < payload.size() ? MoreFragments : 0)));
            mendIpv4(frame, 14);
            frames.push_back(frame);
        }
    }
    Packet at(size_t index) { return sanitise(frames[index], 1500).packet; }
};

const Reassembler::Clock::time_point Now = Reassembler::Clock::now();

} // namespace

class TestWire : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checksumsAreTheStandards_data()
    {
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<int>("sum");
        QTest::newRow("the example of RFC 1071") << QByteArray("0001f203f4f5f6f7") << 0x220d;
        QTest::newRow("an IPv4 header") << QByteArray("450000730000400040110000c0a80001c0a800c7") << 0xb861;
        QTest::newRow("an odd byte counts as the high one") << QByteArray("000102") << 0xfdfe;
        QTest::newRow("nothing") << QByteArray() << 0xffff;
    }
    void checksumsAreTheStandards()
    {
        QFETCH(QByteArray, data);
        QTEST(int(checksum(fromHex(data))), "sum");
    }

    void adjustingEqualsSummingAnew()
    {
        Frame data = fromHex("450000730000400040110000c0a80001c0a800c7");
        const uint16_t before = checksum(data);
        for (const uint16_t value : {0, 1, 0x7fff, 0xfffe, 0xffff}) {
            Frame changed = data;
            storeBe16(changed.data() + 16, value);
            QCOMPARE(adjustChecksum(before, 0xc0a8, value), checksum(changed));
        }
    }

    void addressesAreReadStrictly_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        for (const char *text : {"0.0.0.0", "255.255.255.255", "10.0.0.1"})
            QTest::newRow(text) << QByteArray(text) << true;
        for (const char *text : {"", "1.2.3", "1.2.3.4.", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..2.3",
                                 "a.b.c.d", "1.2.3.4.5", "0x1.2.3.4", "1.2.3.00004"})
            QTest::newRow(*text ? text : "empty") << QByteArray(text) << false;
    }
    void addressesAreReadStrictly()
    {
        QFETCH(QByteArray, text);
        const auto address = parseIpv4(text.toStdString());
        QTEST(address.has_value(), "good");
        if (address)
            QCOMPARE(QByteArray::fromStdString(toString(*address)), text);
    }

    void aResetAnswersASyn()
    {
        Frame syn = tcp(TcpSyn);
        FrameBuilder builder;
        const auto reset = builder.resetFor(sanitise(syn, 1500).packet);
        QCOMPARE(reset[34 + 13], uint8_t(TcpRst | TcpAck));
        QCOMPARE(loadBe32(reset.data() + 34 + 8), 1001u); // RFC 9293: SEG.SEQ + SEG.LEN
        QCOMPARE(checksum(reset.subspan(14, 20)), 0);
        QCOMPARE(transportChecksum(Ipv4::of(93, 184, 216, 34), plan::Guest, ProtocolTcp, reset.subspan(34)),
                 0);
    }

    void anUnreachableQuotesThePacket()
    {
        Frame frame = udp({1, 2, 3, 4, 5, 6, 7, 8, 9});
        const Packet packet = sanitise(frame, 1500).packet;
        FrameBuilder builder;
        const auto icmp = builder.unreachable(packet, IcmpCodeProhibited).subspan(34);
        QCOMPARE(icmp[0], IcmpUnreachable);
        QCOMPARE(icmp[1], IcmpCodeProhibited);
        QCOMPARE(toBytes(icmp.subspan(8)), toBytes(packet.ip.first(28)));
        QCOMPARE(checksum(icmp), 0);
    }

    void datagramsAboveTheMtuComeInFragments()
    {
        Frame buffer(FrameBuilder::UdpHeadroom + 4000, 0x33);
        FrameBuilder builder;
        std::vector<Frame> frames;
        builder.udp(buffer, {Ipv4::of(1, 1, 1, 1), 7, plan::Guest, 8}, 1500,
                    [&](std::span<const uint8_t> frame) { frames.emplace_back(frame.begin(), frame.end()); });
        QCOMPARE(frames.size(), 3u);
        size_t payload = 0;
        for (const Frame &frame : frames) {
            QVERIFY(frame.size() <= 1514);
            QCOMPARE(checksum(std::span(frame).subspan(14, 20)), 0);
            QCOMPARE(loadBe16(frame.data() + 18), loadBe16(frames[0].data() + 18)); // one id
            QCOMPARE((loadBe16(frame.data() + 20) & FragmentOffsetMask) * 8u, payload);
            payload += frame.size() - 34;
        }
        QCOMPARE(payload, 4008u);
        QVERIFY(!(loadBe16(frames[2].data() + 20) & MoreFragments));
    }

    void fragmentsMakeTheirDatagramInAnyOrder()
    {
        std::vector<size_t> order{0, 1, 2};
        do {
            Fragments fragments;
            Reassembler reassembler;
            QVERIFY(!reassembler.add(fragments.at(order[0]), Now));
            QVERIFY(!reassembler.add(fragments.at(order[1]), Now));
            const auto whole = reassembler.add(fragments.at(order[2]), Now);
            QVERIFY(whole);
            QVERIFY(sanitiseReassembled(*whole).kind == FrameKind::Udp);
            QCOMPARE(toBytes(whole->subspan(20)), toBytes(std::span(fragments.whole).subspan(34)));
            QCOMPARE(reassembler.contexts(), 0u);
        } while (std::ranges::next_permutation(order).found);
    }

    void overlappingFragmentsEndTheirDatagram()
    {
        Fragments fragments;
        Reassembler reassembler;
        reassembler.add(fragments.at(0), Now);
        reassembler.add(fragments.at(0), Now);
        QCOMPARE(reassembler.contexts(), 0u);
    }

    void fragmentsAreForgottenInTime()
    {
        Fragments fragments;
        Reassembler reassembler;
        reassembler.add(fragments.at(0), Now);
        reassembler.add(fragments.at(1), Now);
        QVERIFY(
            !reassembler.add(fragments.at(2), Now + Reassembler::Lifetime + std::chrono::milliseconds(1)));
    }

    void datagramsUnderWayAreBounded()
    {
        Fragments fragments;
        Reassembler reassembler;
        const Packet packet = fragments.at(0);
        for (uint16_t id = 0; id < 1000; ++id) {
            storeBe16(packet.ip.data() + 4, id);
            reassembler.add(packet, Now);
        }
        QCOMPARE(reassembler.contexts(), Reassembler::MaxContexts);
    }
};

QTEST_APPLESS_MAIN(TestWire)
#include "tst_wire.moc"
