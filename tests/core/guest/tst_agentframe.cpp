#include "core/guest/protocol/agentmessages.h"
#include "core/guest/protocol/credit.h"

#include <QRandomGenerator>
#include <QTest>

using namespace boxgate::guest;

namespace {

using Status = FrameReader::Status;

struct Seen
{
    FrameType type;
    std::uint32_t stream;
    Bytes payload;

    friend bool operator==(const Seen &, const Seen &) = default;
};

/// Reads all frames of `bytes`, fed in pieces of 1..largest bytes.
Status readAll(FrameReader &reader, const Bytes &bytes, quint32 largest, std::vector<Seen> &seen)
{
    QRandomGenerator random(largest); // the same pieces in every run
    Frame frame;
    Status status = Status::NeedsMore;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t step = std::min<std::size_t>(1 + random.bounded(largest), bytes.size() - at);
        reader.feed(BytesView(bytes).subspan(at, step));
        at += step;
        while ((status = reader.next(frame)) == Status::Frame)
            seen.push_back({frame.type, frame.stream, Bytes(frame.payload.begin(), frame.payload.end())});
        if (status == Status::Malformed)
            break;
    }
    return status;
}

void append(Bytes &to, const Bytes &frame) { to.insert(to.end(), frame.begin(), frame.end()); }

} // namespace

class TestAgentFrame : public QObject
{
    Q_OBJECT

private slots:
    void bytesAreAsWritten();
    void framesSurviveAnyChunks_data();
    void framesSurviveAnyChunks();
    void whatBreaksTheProtocolIsRefused_data();
    void whatBreaksTheProtocolIsRefused();
    void aMalformedStreamStaysMalformed();
    void theLargestFramePasses();
    void sendersKeepToTheirWindow();
    void receiversCheckTheWindow();
};

void TestAgentFrame::bytesAreAsWritten()
{
    const Bytes content{'h', 'i'};
    QCOMPARE(encodeData(0x01020304, Channel::Stderr, content),
             (Bytes{3, 0, 0, 0, 0x40, 4, 3, 2, 1, 2, 'h', 'i'}));
    QCOMPARE(encodeMessage(7, Exited{5, 0, true}), (Bytes{3, 0, 0, 0, 0x86, 7, 0, 0, 0, 5, 0, 1}));
    Exec exec;
    exec.argv = {"ls"};
    exec.rows = 0x0102;
    exec.timeout = std::chrono::milliseconds(0x0a0b0c0d);
    exec.isMain = true;
    exec.stopSignal = 3;
    QCOMPARE(exec.encode(), (Bytes{1,    0,    0,    0,    2, 0, 0, 0, 'l', 's', // argv
                                   0,    0,    0,    0, // env
                                   0,    0,    0,    0,    0, 0, 0, 0, // directory, user
                                   0,    0,    2,    1,    0, 0, // tty, stdin, rows, columns
                                   0x0d, 0x0c, 0x0b, 0x0a, 1, 3})); // timeout, main, stop signal
}

void TestAgentFrame::framesSurviveAnyChunks_data()
{
    QTest::addColumn<quint32>("largest");
    for (const quint32 largest : {1u, 2u, 9u, 10u, 700u, 4096u, 100'000u})
        QTest::addRow("chunks up to %u", largest) << largest;
}

void TestAgentFrame::framesSurviveAnyChunks()
{
    QFETCH(quint32, largest);
    Bytes stream;
    std::vector<Seen> expected;
    QRandomGenerator random(1);
    for (std::uint32_t i = 0; i < 40; ++i) {
        Bytes content(i % 7 == 0 ? 0 : random.bounded(3000));
        std::generate(content.begin(), content.end(), [&] { return std::uint8_t(random.bounded(256)); });
        append(stream, encodeData(i, Channel::Stdout, content));
        content.insert(content.begin(), std::uint8_t(Channel::Stdout));
        expected.push_back({FrameType::Data, i, content});
    }
    FrameReader reader(Sender::Agent);
    std::vector<Seen> seen;
    QCOMPARE(readAll(reader, stream, largest, seen), Status::NeedsMore);
    QVERIFY(seen == expected);
}

void TestAgentFrame::whatBreaksTheProtocolIsRefused_data()
{
    QTest::addColumn<Sender>("from");
    QTest::addColumn<Bytes>("bytes");
    const Bytes nothing;
    QTest::newRow("unknown type") << Sender::Agent << encodeFrame(FrameType(0x3f), 0, nothing);
    QTest::newRow("type 0") << Sender::Host << Bytes(9, 0);
    QTest::newRow("an agent that sends Exec") << Sender::Agent << encodeMessage(1, Exec{});
    QTest::newRow("a host that says Hello") << Sender::Host << encodeMessage(0, Hello{});
    QTest::newRow("a length of 4 GiB") << Sender::Agent << Bytes{0xff, 0xff, 0xff, 0xff, 0x40, 1, 0, 0, 0};
    QTest::newRow("one byte more than data may have")
        << Sender::Agent << Bytes{0x41, 0, 1, 0, 0x40, 1, 0, 0, 0};
    QTest::newRow("more than Exec may have") << Sender::Host << Bytes{1, 0, 8, 0, 0x02, 1, 0, 0, 0};
}

void TestAgentFrame::whatBreaksTheProtocolIsRefused()
{
    QFETCH(Sender, from);
    QFETCH(Bytes, bytes);
    std::vector<Seen> seen;
    FrameReader reader(from);
    QCOMPARE(readAll(reader, bytes, 3, seen), Status::Malformed);
    QVERIFY(seen.empty());
}

void TestAgentFrame::aMalformedStreamStaysMalformed()
{
    FrameReader reader(Sender::Agent);
    reader.feed(Bytes(9, 0xee));
    Frame frame;
    QCOMPARE(reader.next(frame), Status::Malformed);
    reader.feed(encodeMessage(0, ShuttingDown{}));
    QCOMPARE(reader.next(frame), Status::Malformed);
}

void TestAgentFrame::theLargestFramePasses()
{
    FrameReader reader(Sender::Agent);
    reader.feed(encodeData(1, Channel::Stdout, Bytes(MaxDataBytes, 'x')));
    Frame frame;
    QCOMPARE(reader.next(frame), Status::Frame);
    const auto data = Data::decode(frame.payload);
    QVERIFY(data);
    QCOMPARE(data->content.size(), MaxDataBytes);
    QVERIFY(!Data::decode(Bytes(MaxDataBytes + 2, 0)));
}

void TestAgentFrame::sendersKeepToTheirWindow()
{
    SendWindow window;
    QCOMPARE(window.available(), InitialCredit);
    window.spend(InitialCredit);
    QCOMPARE(window.available(), 0u);
    QVERIFY(window.refill(10));
    QCOMPARE(window.available(), 10u);
    QVERIFY2(!window.refill(InitialCredit), "more returned than was sent");
    QCOMPARE(window.available(), 10u);
}

void TestAgentFrame::receiversCheckTheWindow()
{
    ReceiveWindow window;
    QVERIFY(window.receive(InitialCredit));
    QVERIFY(!window.receive(1));
    QCOMPARE(window.passOn(ReceiveWindow::ReturnStep - 1), 0u);
    QCOMPARE(window.passOn(1), ReceiveWindow::ReturnStep);
    QVERIFY(window.receive(ReceiveWindow::ReturnStep));
    QVERIFY(!window.receive(1));
    QCOMPARE(window.passOn(10 * InitialCredit), InitialCredit);
}

QTEST_APPLESS_MAIN(TestAgentFrame)
#include "tst_agentframe.moc"
