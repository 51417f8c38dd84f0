#include "core/control/controlframe.h"

#include <QRandomGenerator>
#include <QTest>

using namespace boxgate;
using Status = ControlFrameReader::Status;

namespace {

QByteArray header(quint32 length, quint8 type, quint32 stream)
{
    QByteArray bytes;
    for (int i = 0; i < 4; ++i)
        bytes.append(char(length >> (8 * i)));
    bytes.append(char(type));
    for (int i = 0; i < 4; ++i)
        bytes.append(char(stream >> (8 * i)));
    return bytes;
}

} // namespace

class TestControlFrame : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytesOnTheWire();
    void everyTypeComesBackInAnyChunks();
    void malformed_data();
    void malformed();
    void largestFramesPass();
    void partialFrameWaits();
};

void TestControlFrame::bytesOnTheWire()
{
    QCOMPARE(encodeJsonFrame(ControlFrameType::Request, 0x01020304, "{}").toHex(),
             QByteArray("02000000"
                        "01"
                        "04030201"
                        "7b7d"));
    QCOMPARE(encodeDataFrame(7, ControlChannel::Stderr, "ab").toHex(),
             QByteArray("03000000"
                        "04"
                        "07000000"
                        "02"
                        "6162"));
    QCOMPARE(encodeEndFrame(7, ControlChannel::Stdin).toHex(),
             QByteArray("01000000"
                        "05"
                        "07000000"
                        "00"));
    QCOMPARE(encodeCreditFrame(7, ControlChannel::Stdout, 65536).toHex(),
             QByteArray("05000000"
                        "06"
                        "07000000"
                        "01"
                        "00000100"));
    QCOMPARE(encodeCancelFrame(9).toHex(),
             QByteArray("00000000"
                        "07"
                        "09000000"));
}

void TestControlFrame::everyTypeComesBackInAnyChunks()
{
    using Type = ControlFrameType;
    using Channel = ControlChannel;
    const QList<ControlFrame> frames{
        {Type::Request, 1, "{\"method\":\"ping\"}", {}, {}, 0},
        {Type::Data, 1, {}, Channel::Stdin, QByteArray(65536, 'x'), 0},
        {Type::Response, 1, "{\"result\":{}}", {}, {}, 0},
        {Type::Event, 0xffffffff, "{\"event\":\"hello\"}", {}, {}, 0},
        {Type::Data, 3, {}, Channel::Stderr, QByteArray("\0y", 2), 0},
        {Type::End, 3, {}, Channel::Stdout, {}, 0},
        {Type::Credit, 3, {}, Channel::Stdout, {}, ControlLimits::InitialCredit},
        {Type::Cancel, 3, {}, {}, {}, 0},
    };
    QByteArray wire;
    for (const ControlFrame &frame : frames) {
        if (frame.type == Type::Data)
            wire += encodeDataFrame(frame.stream, frame.channel, frame.content);
        else if (frame.type == Type::End)
            wire += encodeEndFrame(frame.stream, frame.channel);
        else if (frame.type == Type::Credit)
            wire += encodeCreditFrame(frame.stream, frame.channel, frame.bytes);
        else if (frame.type == Type::Cancel)
            wire += encodeCancelFrame(frame.stream);
        else
            wire += encodeJsonFrame(frame.type, frame.stream, frame.json);
    }
    QRandomGenerator random(20);
    for (int round = 0; round < 200; ++round) {
        ControlFrameReader reader;
        QList<ControlFrame> read;
        const int largest = round == 0 ? 1 : random.bounded(1, 100'000);
        for (qsizetype at = 0; at < wire.size();) {
            const qsizetype piece = std::min<qsizetype>(random.bounded(1, largest + 1), wire.size() - at);
            reader.feed(QByteArrayView(wire).sliced(at, piece));
            at += piece;
            ControlFrame frame;
            while (reader.next(frame) == Status::Frame)
                read.append(frame);
        }
        QCOMPARE(read, frames);
    }
}

void TestControlFrame::malformed_data()
{
    QTest::addColumn<QByteArray>("bytes");

    QTest::newRow("type 0") << header(2, 0, 1) + "{}";
    QTest::newRow("unknown type") << header(2, 8, 1) + "{}";
    QTest::newRow("empty JSON") << header(0, 1, 1);
    QTest::newRow("JSON above the bound, from the header alone") << header(256 * 1024 + 1, 1, 1);
    QTest::newRow("length of all ones") << header(0xffffffff, 2, 1);
    QTest::newRow("data without bytes") << header(1, 4, 1) + QByteArray(1, '\0');
    QTest::newRow("data above the bound") << header(65536 + 2, 4, 1);
    QTest::newRow("data of channel 3") << header(2, 4, 1) + "\x03x";
    QTest::newRow("end without channel") << header(0, 5, 1);
    QTest::newRow("end with more than a channel") << header(2, 5, 1) + QByteArray(2, '\0');
    QTest::newRow("credit of 0") << header(5, 6, 1) + QByteArray(5, '\0');
    QTest::newRow("credit above the window") << header(5, 6, 1) + QByteArray("\x01\x01\x00\x04\x00", 5);
    QTest::newRow("short credit") << header(4, 6, 1) + QByteArray(4, '\1');
    QTest::newRow("cancel with payload") << header(1, 7, 1) + "x";
}

void TestControlFrame::malformed()
{
    QFETCH(QByteArray, bytes);
    ControlFrameReader reader;
    reader.feed(bytes);
    ControlFrame frame;
    QCOMPARE(reader.next(frame), Status::Malformed);
    reader.feed(encodeCancelFrame(1));
    QCOMPARE(reader.next(frame), Status::Malformed);
}

void TestControlFrame::largestFramesPass()
{
    ControlFrameReader reader;
    ControlFrame frame;
    reader.feed(encodeJsonFrame(ControlFrameType::Event, 1, QByteArray(256 * 1024, ' ')));
    QCOMPARE(reader.next(frame), Status::Frame);
    QCOMPARE(frame.json.size(), 256 * 1024);
    QCOMPARE(reader.next(frame), Status::NeedsMore);
}

void TestControlFrame::partialFrameWaits()
{
    const QByteArray wire = encodeDataFrame(1, ControlChannel::Stdout, "abc");
    ControlFrameReader reader;
    ControlFrame frame;
    reader.feed(QByteArrayView(wire).chopped(1));
    QCOMPARE(reader.next(frame), Status::NeedsMore);
    reader.feed(QByteArrayView(wire).last(1));
    QCOMPARE(reader.next(frame), Status::Frame);
    QCOMPARE(frame.content, QByteArray("abc"));
}

QTEST_GUILESS_MAIN(TestControlFrame)
#include "tst_controlframe.moc"
