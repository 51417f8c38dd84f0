#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/transport/framecodec.h"

#include <QRandomGenerator>

using namespace boxgate::net;

namespace {

QByteArray encoded(const QByteArray &frame)
{
    uint8_t prefix[FrameDecoder::Prefix];
    encodeFramePrefix(size_t(frame.size()), prefix);
    return QByteArray(reinterpret_cast<const char *>(prefix), sizeof prefix) + frame;
}

/// Feeds the stream in chunks of at most largest bytes and returns the frames.
QList<QByteArray> decoded(const QByteArray &stream, FrameDecoder &decoder, int largest,
                          QRandomGenerator &random)
{
    QList<QByteArray> frames;
    for (qsizetype at = 0; at < stream.size();) {
        const auto room = decoder.room();
        const qsizetype chunk =
            std::min({qsizetype(random.bounded(1, largest + 1)), stream.size() - at, qsizetype(room.size())});
        std::copy_n(stream.begin() + at, chunk, room.begin());
        decoder.received(size_t(chunk));
        at += chunk;
        for (auto frame = decoder.next(); !frame.empty(); frame = decoder.next())
            frames.append(QByteArray(reinterpret_cast<const char *>(frame.data()), qsizetype(frame.size())));
        if (decoder.isBroken())
            break;
    }
    return frames;
}

} // namespace

class TestFrameCodec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesSurviveAnyChunks_data()
    {
        QTest::addColumn<int>("largest");
        QTest::newRow("byte by byte") << 1;
        QTest::newRow("small chunks") << 7;
        QTest::newRow("about a frame") << 1500;
        QTest::newRow("huge") << (1 << 20);
    }
    void framesSurviveAnyChunks()
    {
        QFETCH(int, largest);
        QRandomGenerator random(42);
        QList<QByteArray> frames;
        QByteArray stream;
        for (const int size : {1, 14, 60, 1514, 65534, int(FrameDecoder::HighestFrame), 2, 1514, 1514, 60}) {
            frames.append(QByteArray(size, char(size)));
            stream += encoded(frames.last());
        }
        FrameDecoder decoder;
        QCOMPARE(decoded(stream, decoder, largest, random), frames);
        QVERIFY(!decoder.isBroken());
    }

    void aPrefixIsBigEndian() { QCOMPARE(encoded("abc"), QByteArray::fromHex("00000003616263")); }

    void aBadSizeBreaksTheStreamForGood_data()
    {
        QTest::addColumn<QByteArray>("prefix");
        QTest::newRow("zero") << QByteArray::fromHex("00000000");
        QTest::newRow("one above the limit") << QByteArray::fromHex("00011001");
        QTest::newRow("the highest number") << QByteArray::fromHex("ffffffff");
    }
    void aBadSizeBreaksTheStreamForGood()
    {
        QFETCH(QByteArray, prefix);
        QRandomGenerator random(1);
        FrameDecoder decoder;
        QCOMPARE(decoded(encoded("good") + prefix + encoded("lost"), decoder, 1 << 20, random),
                 QList<QByteArray>{"good"});
        QVERIFY(decoder.isBroken());
        QVERIFY(decoder.next().empty());
    }
};

QTEST_APPLESS_MAIN(TestFrameCodec)
#include "tst_framecodec.moc"
