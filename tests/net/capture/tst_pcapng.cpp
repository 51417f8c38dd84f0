#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/capture/pcapng.h"

#include "tests/net/capture/pcapngreader.h"

using namespace boxgate::net;

namespace {

QByteArray header()
{
    std::array<uint8_t, pcapng::HeaderSize> out;
    pcapng::encodeHeader(out);
    return QByteArray(reinterpret_cast<const char *>(out.data()), qsizetype(out.size()));
}

QByteArray encoded(const pcapng::Frame &frame)
{
    QByteArray out(qsizetype(pcapng::blockSize(frame)), '?');
    pcapng::encode(frame, {reinterpret_cast<uint8_t *>(out.data()), size_t(out.size())});
    return out;
}

std::span<const uint8_t> bytesOf(const QByteArray &array)
{
    return {reinterpret_cast<const uint8_t *>(array.constData()), size_t(array.size())};
}

QByteArray arrayOf(std::span<const uint8_t> bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size()));
}

/// The one frame of a file that holds nothing else.
std::optional<pcapngreader::Frame> readBack(const pcapng::Frame &frame)
{
    const auto file = pcapngreader::read(bytesOf(header() + encoded(frame)));
    if (!file || file->frames.size() != 1)
        return std::nullopt;
    return file->frames.front();
}

} // namespace

class TestPcapng : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theHeaderIsOneSectionWithOneInterface()
    {
        const QByteArray golden = QByteArray::fromHex("0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff"
                                                      "0400 0700 426f7867617465 00 0000 0000 2c000000"
                                                      "01000000 28000000 0100 0000 0e000100"
                                                      "0200 0400 65746830 0900 0100 09 000000 0000 0000"
                                                      "28000000");
        QCOMPARE(header().toHex(), golden.toHex());
        const auto file = pcapngreader::read(bytesOf(header()));
        QVERIFY(file);
        QCOMPARE(file->application, "Boxgate");
        QCOMPARE(file->interfaceName, "eth0");
        QCOMPARE(int(file->linkType), 1);
        QCOMPARE(size_t(file->snapLength), pcapng::SnapLength);
        QCOMPARE(int(file->resolution), 9);
    }

    void aFrameIsOneBlock_data()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QByteArray>("tail");
        QTest::addColumn<QByteArray>("comment");
        QTest::addColumn<QByteArray>("golden");
        const QByteArray time = "00000000 89674523 15cd5b07"; // interface, 0x2345678907_5bcd15 in two halves
        QTest::newRow("from the box, in two parts, padded")
            << int(pcapng::Way::FromBox) << QByteArray("abc") << QByteArray("de") << QByteArray()
            << QByteArray("06000000 34000000" + time
                          + "05000000 05000000 6162636465 000000"
                            "0200 0400 02000000 0000 0000 34000000");
        QTest::newRow("to the box, with a comment")
            << int(pcapng::Way::ToBox) << QByteArray("abcd") << QByteArray() << QByteArray("no rule")
            << QByteArray("06000000 3c000000" + time
                          + "04000000 04000000 61626364"
                            "0100 0700 6e6f2072756c65 00 0200 0400 01000000 0000 0000 3c000000");
        QTest::newRow("an empty one")
            << int(pcapng::Way::ToBox) << QByteArray() << QByteArray() << QByteArray()
            << QByteArray("06000000 2c000000" + time
                          + "00000000 00000000"
                            "0200 0400 01000000 0000 0000 2c000000");
    }
    void aFrameIsOneBlock()
    {
        QFETCH(int, way);
        QFETCH(QByteArray, head);
        QFETCH(QByteArray, tail);
        QFETCH(QByteArray, comment);
        QFETCH(QByteArray, golden);
        const pcapng::Frame frame{pcapng::Way(way),
                                  bytesOf(head),
                                  bytesOf(tail),
                                  0x23456789'075bcd15,
                                  {comment.constData(), size_t(comment.size())}};
        QCOMPARE(encoded(frame).toHex(), QByteArray::fromHex(golden).toHex());
        const auto again = readBack(frame);
        QVERIFY(again);
        QCOMPARE(arrayOf(again->bytes), head + tail);
        QCOMPARE(again->time, uint64_t(0x23456789'075bcd15));
        QCOMPARE(QByteArray::fromStdString(again->comment), comment);
    }

    void aFrameIsCutAtTheSnapLength_data()
    {
        QTest::addColumn<size_t>("head");
        QTest::addColumn<size_t>("tail");
        QTest::newRow("control: as long as that") << pcapng::SnapLength - 10 << size_t(10);
        QTest::newRow("one byte more in the tail") << pcapng::SnapLength - 10 << size_t(11);
        QTest::newRow("the head alone is longer") << pcapng::SnapLength + 1 << size_t(5);
        QTest::newRow("the largest that QEMU sends") << size_t(54) << size_t(68 * 1024 - 54);
    }
    void aFrameIsCutAtTheSnapLength()
    {
        QFETCH(size_t, head);
        QFETCH(size_t, tail);
        QByteArray bytes(qsizetype(head + tail), 'x');
        for (qsizetype at = 0; at < bytes.size(); ++at)
            bytes[at] = char(at * 7 + at / 256);
        const std::string longest(pcapng::LongestComment, 'c');
        const auto all = bytesOf(bytes);
        const pcapng::Frame frame{pcapng::Way::FromBox, all.first(head), all.subspan(head), 0, longest};
        QCOMPARE(pcapng::blockSize(frame), pcapng::LargestBlock);
        const auto again = readBack(frame);
        QVERIFY(again);
        QCOMPARE(size_t(again->originalSize), head + tail);
        QCOMPARE(arrayOf(again->bytes), bytes.left(qsizetype(pcapng::SnapLength)));
    }

    void aCommentIsUtf8AndBounded_data()
    {
        QTest::addColumn<QByteArray>("comment");
        QTest::addColumn<QByteArray>("written");
        const QByteArray most(int(pcapng::LongestComment), 'a');
        const QByteArray euro = "\xe2\x82\xac";
        QTest::newRow("of the greatest length") << most << most;
        QTest::newRow("one byte too long") << QByteArray(most + 'b') << most;
        QTest::newRow("cut between characters, not inside one")
            << QByteArray(most.chopped(2) + euro) << most.chopped(2);
        QTest::newRow("the last character just fits")
            << QByteArray(most.chopped(3) + euro + "z") << QByteArray(most.chopped(3) + euro);
        QTest::newRow("two, three and four bytes") << QByteArray("\xc2\xa7\xe2\x82\xac\xf0\x9f\x94\x92")
                                                   << QByteArray("\xc2\xa7\xe2\x82\xac\xf0\x9f\x94\x92");
        QTest::newRow("up to a stray byte") << QByteArray("ok\xff after") << QByteArray("ok");
        QTest::newRow("up to a zero") << QByteArray("ok\0after", 8) << QByteArray("ok");
        QTest::newRow("an overlong slash") << QByteArray("ok\xc0\xaf") << QByteArray("ok");
        QTest::newRow("an overlong one of three bytes") << QByteArray("ok\xe0\x80\xaf") << QByteArray("ok");
        QTest::newRow("an overlong one of four bytes")
            << QByteArray("ok\xf0\x80\x80\xaf") << QByteArray("ok");
        QTest::newRow("half of a pair of surrogates") << QByteArray("ok\xed\xa0\x80") << QByteArray("ok");
        QTest::newRow("above the last character") << QByteArray("ok\xf4\x90\x80\x80") << QByteArray("ok");
        QTest::newRow("cut short") << QByteArray("ok\xe2\x82") << QByteArray("ok");
        QTest::newRow("nothing but rubbish: no comment") << QByteArray("\x80\x80") << QByteArray();
    }
    void aCommentIsUtf8AndBounded()
    {
        QFETCH(QByteArray, comment);
        QFETCH(QByteArray, written);
        const QByteArray bytes = "frame";
        const pcapng::Frame frame{
            pcapng::Way::FromBox, bytesOf(bytes), {}, 0, {comment.constData(), size_t(comment.size())}};
        const auto again = readBack(frame);
        QVERIFY(again);
        QCOMPARE(QByteArray::fromStdString(again->comment), written);
        QCOMPARE(arrayOf(again->bytes), bytes);
    }

    void aTimeBefore1970IsWrittenAs1970()
    {
        pcapng::Frame frame;
        frame.unixNanoseconds = -1;
        QCOMPARE(readBack(frame)->time, uint64_t(0));
        frame.unixNanoseconds = std::numeric_limits<int64_t>::max();
        QCOMPARE(readBack(frame)->time, uint64_t(std::numeric_limits<int64_t>::max()));
    }

    void wholeBlocksAreCounted()
    {
        const QByteArray bytes = "a frame of some bytes";
        const QByteArray block = encoded({pcapng::Way::FromBox, bytesOf(bytes), {}, 0, "why"});
        const QByteArray file = header() + block + block;
        for (qsizetype cut = 0; cut <= file.size(); ++cut) {
            const auto whole = pcapng::wholeBlocks(bytesOf(file).first(size_t(cut)));
            const qsizetype frames = std::max<qsizetype>(cut - header().size(), 0) / block.size();
            QCOMPARE(whole.frames, uint64_t(frames));
            QVERIFY(qsizetype(whole.bytes) <= cut);
            if (cut >= header().size())
                QCOMPARE(qsizetype(whole.bytes), header().size() + frames * block.size());
        }
        QCOMPARE(pcapng::wholeBlocks(bytesOf(QByteArray(64, '\0'))).bytes, size_t(0));
    }

    /// The reader that the other tests trust refuses what is not right.
    void theReaderIsStrict_data()
    {
        QTest::addColumn<qsizetype>("at"); // of the byte that is changed; from the end when below 0
        QTest::newRow("control: no change") << std::numeric_limits<qsizetype>::max();
        QTest::newRow("magic number") << qsizetype(8);
        QTest::newRow("length at the end") << qsizetype(-1);
        QTest::newRow("padding of the frame") << header().size() + 28 + 5;
        QTest::newRow("option's length") << header().size() + 28 + 8 + 2;
        QTest::newRow("interface") << header().size() + 8;
    }
    void theReaderIsStrict()
    {
        QFETCH(qsizetype, at);
        const QByteArray bytes = "12345";
        QByteArray file = header() + encoded({pcapng::Way::FromBox, bytesOf(bytes), {}, 0, {}});
        const bool isControl = at > file.size();
        if (!isControl)
            file[at < 0 ? file.size() + at : at] ^= 1;
        QCOMPARE(pcapngreader::read(bytesOf(file)).has_value(), isControl);
    }
};

QTEST_APPLESS_MAIN(TestPcapng)
#include "tst_pcapng.moc"
