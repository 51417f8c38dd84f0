#include "core/guest/gueststream.h"

#include <QTest>

using namespace boxgate;
using guest::Channel;

namespace {

/// What the agent may say, each as the bytes of one whole frame of stream 1.
guest::Bytes started() { return guest::encodeMessage(1, guest::Started{42}); }
guest::Bytes execFailed()
{
    return guest::encodeMessage(1, guest::ExecFailed{guest::ExecFailed::Reason::NotFound, "no such file"});
}
guest::Bytes exited() { return guest::encodeMessage(1, guest::Exited{7, 0, false}); }
guest::Bytes eof(Channel channel) { return guest::encodeMessage(1, guest::Eof{channel}); }
guest::Bytes credit(std::uint32_t bytes, Channel channel = Channel::Stdin)
{
    return guest::encodeMessage(1, guest::Credit{channel, bytes});
}
guest::Bytes data(Channel channel, std::size_t count)
{
    const guest::Bytes content(count, 'x');
    return guest::encodeData(1, channel, content);
}
guest::Bytes malformed(guest::FrameType type) { return guest::encodeFrame(type, 1, guest::Bytes(3, 0xff)); }

/// Feeds the frames; returns how many were allowed before the first that was not.
int allowed(GuestStream &stream, const std::vector<guest::Bytes> &frames)
{
    int count = 0;
    guest::FrameReader reader(guest::Sender::Agent);
    for (const guest::Bytes &bytes : frames) {
        reader.feed(bytes);
        guest::Frame frame;
        if (reader.next(frame) != guest::FrameReader::Status::Frame || !stream.accept(frame))
            return count;
        ++count;
    }
    return count;
}

using Frames = std::vector<guest::Bytes>;

} // namespace

Q_DECLARE_METATYPE(Frames)

class TestGuestStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void order_data()
    {
        QTest::addColumn<Frames>("frames");
        QTest::addColumn<int>("ok"); // how many are allowed
        QTest::addColumn<bool>("tty");
        const auto row = [](const char *name, const Frames &frames, int ok, bool tty = false) {
            QTest::newRow(name) << frames << ok << tty;
        };
        row("a whole life",
            {started(), data(Channel::Stdout, 5), data(Channel::Stderr, 5), eof(Channel::Stdout),
             eof(Channel::Stderr), exited()},
            6);
        row("a failure is the last", {execFailed(), started()}, 1);
        row("ends of output may overtake a failure",
            {eof(Channel::Stdout), eof(Channel::Stderr), execFailed()}, 3);
        row("output may overtake the start", {data(Channel::Stdout, 5), started(), exited()}, 3);
        row("exited without started", {exited()}, 0);
        row("started twice", {started(), started()}, 1);
        row("a failure after the start", {started(), execFailed()}, 1);
        row("nothing after the exit", {started(), exited(), data(Channel::Stdout, 1)}, 2);
        row("exited twice", {started(), exited(), exited()}, 2);
        row("data on standard input", {started(), data(Channel::Stdin, 1)}, 1);
        row("data after its end", {started(), eof(Channel::Stdout), data(Channel::Stdout, 1)}, 2);
        row("the other output goes on", {started(), eof(Channel::Stdout), data(Channel::Stderr, 1)}, 3);
        row("an end twice", {started(), eof(Channel::Stdout), eof(Channel::Stdout)}, 2);
        row("input closed twice", {started(), eof(Channel::Stdin), eof(Channel::Stdin)}, 2);
        row("a terminal has no errors", {started(), data(Channel::Stderr, 1)}, 1, true);
        row("a terminal has no end of errors", {started(), eof(Channel::Stderr)}, 1, true);
        row("credit for nothing", {started(), credit(1)}, 1);
        row("credit for an output", {started(), credit(1, Channel::Stdout)}, 1);
        row("malformed started", {malformed(guest::FrameType::Started)}, 0);
        row("malformed exited", {started(), malformed(guest::FrameType::Exited)}, 1);
        row("malformed data", {started(), malformed(guest::FrameType::Data)}, 1);
        row("a frame about the guest", {guest::encodeMessage(1, guest::ShuttingDown())}, 0);
        row("hello on a stream", {guest::encodeMessage(1, guest::Hello())}, 0);
    }
    void order()
    {
        QFETCH(Frames, frames);
        QFETCH(int, ok);
        QFETCH(bool, tty);
        GuestStream stream(tty);
        QCOMPARE(allowed(stream, frames), ok);
    }

    void outputIsBoundedByItsCredit()
    {
        GuestStream stream(false);
        const int whole = int(guest::InitialCredit / guest::MaxDataBytes);
        Frames frames{started()};
        for (int i = 0; i < whole; ++i)
            frames.push_back(data(Channel::Stdout, guest::MaxDataBytes));
        QCOMPARE(allowed(stream, frames), whole + 1);
        GuestStream copy = stream;
        QCOMPARE(allowed(copy, {data(Channel::Stdout, 1)}), 0);
        QVERIFY2(allowed(stream, {data(Channel::Stderr, 1)}) == 1, "the other output has credit of its own");

        QCOMPARE(stream.passOn(Channel::Stdout, 10), 0u);
        const std::uint32_t returned = stream.passOn(Channel::Stdout, guest::MaxDataBytes);
        QCOMPARE(returned, std::uint32_t(guest::MaxDataBytes) + 10);
        QCOMPARE(allowed(stream, {data(Channel::Stdout, guest::MaxDataBytes), data(Channel::Stdout, 10)}), 2);
        QCOMPARE(allowed(stream, {data(Channel::Stdout, 1)}), 0);
    }

    void creditNeverExceedsWhatWasReceived()
    {
        GuestStream stream(false);
        QCOMPARE(allowed(stream, {started(), data(Channel::Stdout, 100)}), 2);
        QCOMPARE(stream.passOn(Channel::Stdout, guest::InitialCredit), 0u);
        QCOMPARE(stream.passOn(Channel::Stdin, guest::InitialCredit), 0u);
    }

    void inputIsGivenBackUpToWhatWasSent()
    {
        GuestStream stream(false);
        stream.input().spend(1000);
        QCOMPARE(allowed(stream, {started(), credit(400), credit(600)}), 3);
        QCOMPARE(stream.input().available(), guest::InitialCredit);
        QCOMPARE(allowed(stream, {credit(1)}), 0);
    }
};

QTEST_APPLESS_MAIN(TestGuestStream)
#include "tst_gueststream.moc"
