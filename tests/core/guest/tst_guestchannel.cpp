#include "core/guest/guestchannel.h"
#include "scriptedagent.h"

#include <QCoroTask>
#include <QSignalSpy>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;
using guest::Channel;

namespace {

using ProcessPointer = std::unique_ptr<GuestProcess>;

/// A request that runs beside the script.
template <typename T> struct Running
{
    explicit Running(Async<T> task)
        : result(std::make_shared<std::optional<Result<T>>>())
        , coroutine(collect(std::move(task), result))
    { }
    static QCoro::Task<void> collect(Async<T> task, std::shared_ptr<std::optional<Result<T>>> into)
    {
        into->emplace(co_await task);
    }
    bool isOver() const { return result->has_value(); }
    const Result<T> &outcome() const { return **result; }

    std::shared_ptr<std::optional<Result<T>>> result;
    QCoro::Task<void> coroutine;
};

guest::Exec command(const char *name)
{
    guest::Exec exec;
    exec.argv = {name};
    exec.wantsStdin = true;
    return exec;
}

/// Everything a process said.
struct Transcript
{
    explicit Transcript(GuestProcess *process)
    {
        QObject::connect(process, &GuestProcess::output, process,
                         [this](Channel channel, const QByteArray &bytes) {
                             (channel == Channel::Stdout ? out : err) += bytes;
                         });
        QObject::connect(process, &GuestProcess::finished, process,
                         [this](const guest::Exited &exit) { exited = exit; });
        QObject::connect(process, &GuestProcess::failed, process,
                         [this](const guest::ExecFailed &why) { failed = why; });
        QObject::connect(process, &GuestProcess::lost, process, [this](const Error &error) { lost = error; });
    }
    QByteArray out;
    QByteArray err;
    std::optional<guest::Exited> exited;
    std::optional<guest::ExecFailed> failed;
    std::optional<Error> lost;
};

} // namespace

class TestGuestChannel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        Result<SocketPair> pair = SocketPair::create();
        QVERIFY(pair);
        m_channel = std::make_unique<GuestChannel>(std::move(pair->ours));
        m_agent = std::make_unique<ScriptedAgent>(std::move(pair->theirs));
    }

    void cleanup()
    {
        m_channel.reset();
        m_agent.reset();
    }

    void helloIsKeptForWhoAsksLater()
    {
        greet();
        const Result<guest::Hello> hello = QCoro::waitFor(m_channel->hello(2s));
        QVERIFY(hello);
        QCOMPARE(hello->kernelRelease, std::string("6.1"));
        QVERIFY(QCoro::waitFor(m_channel->hello(2s)));
    }

    void silenceIsATimeout()
    {
        const Result<guest::Hello> hello = QCoro::waitFor(m_channel->hello(20ms));
        QVERIFY(hello.error().code == ErrorCode::Timeout);
        greet();
        const Running<guest::Ready> ready(m_channel->configure(guest::Configure(), 20ms));
        QTRY_VERIFY(ready.isOver());
        QVERIFY(ready.outcome().error().code == ErrorCode::Timeout);
        const Running<guest::Usage> usage(m_channel->usage(20ms));
        QTRY_VERIFY(usage.isOver());
        QVERIFY(usage.outcome().error().code == ErrorCode::Timeout);
        QVERIFY(!m_channel->isClosed());
    }

    void anotherVersionIsRefused()
    {
        guest::Hello hello;
        hello.protocolVersion = guest::ProtocolVersion + 1;
        const Running<guest::Hello> waiting(m_channel->hello(2s));
        m_agent->say(0, hello);
        QTRY_VERIFY(waiting.isOver());
        QVERIFY(waiting.outcome().error().code == ErrorCode::Protocol);
        const QString version = QStringLiteral("version %1").arg(hello.protocolVersion);
        QVERIFY(waiting.outcome().error().message.contains(version));
        QVERIFY(m_channel->isClosed());
    }

    void configureIsAnsweredByReadyOrByTheReason()
    {
        greet();
        guest::Configure configure;
        configure.hostname = "box";
        const Running<guest::Ready> ready(m_channel->configure(configure, 2s));
        QCOMPARE(m_agent->expect<guest::Configure>(0).hostname, std::string("box"));
        m_agent->say(0, guest::Ready());
        QTRY_VERIFY(ready.isOver());
        QVERIFY(ready.outcome());

        QSignalSpy gaveUp(m_channel.get(), &GuestChannel::guestFailed);
        const Running<guest::Ready> failing(m_channel->configure(configure, 2s));
        m_agent->say(0, guest::Failed{"root", "no device\n\x1b[31m/dev/vda"});
        QTRY_VERIFY(failing.isOver());
        QCOMPARE(failing.outcome().error().message,
                 QStringLiteral("The guest gives up at its root: no device  [31m/dev/vda"));
        QCOMPARE(gaveUp.size(), 1);
    }

    void usageClockAndShutdown()
    {
        greet();
        const Running<guest::Usage> first(m_channel->usage());
        const Running<guest::Usage> second(m_channel->usage());
        m_agent->expect<guest::UsageRequest>(0);
        m_agent->expect<guest::UsageRequest>(0);
        for (const std::uint32_t processes : {3u, 4u}) {
            guest::Usage usage;
            usage.processes = processes;
            m_agent->say(0, usage);
        }
        QTRY_VERIFY(first.isOver() && second.isOver());
        QCOMPARE(first.outcome()->processes, 3u);
        QCOMPARE(second.outcome()->processes, 4u);

        m_channel->setClock(5s);
        QVERIFY(m_agent->expect<guest::SetClock>(0).unixTime == 5s);

        const Running<void> shutdown(m_channel->shutdown(700ms));
        QVERIFY(m_agent->expect<guest::Shutdown>(0).grace == 700ms);
        m_agent->say(0, guest::ShuttingDown());
        QTRY_VERIFY(shutdown.isOver());
        QVERIFY(shutdown.outcome());
        QSignalSpy closed(m_channel.get(), &GuestChannel::closed);
        m_agent->hangUp();
        QTRY_COMPARE(closed.size(), 1);
        QVERIFY(closed.at(0).at(0).value<Error>().code == ErrorCode::Unavailable);
    }

    void aCommandFromStartToEnd()
    {
        greet();
        const ProcessPointer process = start("tr");
        Transcript transcript(process.get());
        const quint32 stream = process->stream();
        QCOMPARE(m_agent->expect<guest::Exec>(stream).argv, std::vector<std::string>{"tr"});
        QSignalSpy started(process.get(), &GuestProcess::started);
        m_agent->say(stream, guest::Started{99});
        QTRY_COMPARE(started.size(), 1);
        QCOMPARE(started.at(0).at(0).toUInt(), 99u);

        QCOMPARE(process->write("hello"), 5);
        process->closeInput();
        const auto input = m_agent->next();
        QVERIFY(input && input->type == guest::FrameType::Data);
        QCOMPARE(QByteArray(reinterpret_cast<const char *>(input->payload.data()) + 1,
                            qsizetype(input->payload.size()) - 1),
                 QByteArray("hello"));
        QVERIFY(m_agent->expect<guest::Eof>(stream).channel == Channel::Stdin);
        process->resize(24, 80);
        QCOMPARE(m_agent->expect<guest::Resize>(stream).columns, std::uint16_t(80));
        process->signal(15);
        QCOMPARE(m_agent->expect<guest::Signal>(stream).number, std::uint8_t(15));

        m_agent->sayData(stream, Channel::Stdout, "out");
        m_agent->sayData(stream, Channel::Stderr, "err");
        m_agent->say(stream, guest::Exited{7, 0, false});
        QTRY_VERIFY(transcript.exited);
        QCOMPARE(transcript.exited->exitCode, std::uint8_t(7));
        QCOMPARE(transcript.out, QByteArray("out"));
        QCOMPARE(transcript.err, QByteArray("err"));
        QVERIFY(process->isEnded());
        QCOMPARE(m_channel->streams(), 0);
    }

    void aCommandThatCannotStart()
    {
        greet();
        const ProcessPointer process = start("nonsense");
        Transcript transcript(process.get());
        m_agent->say(process->stream(),
                     guest::ExecFailed{guest::ExecFailed::Reason::NotFound, "no such file"});
        QTRY_VERIFY(transcript.failed);
        QVERIFY(transcript.failed->reason == guest::ExecFailed::Reason::NotFound);
        QCOMPARE(m_channel->streams(), 0);
        QVERIFY(!m_channel->exec(guest::Exec()));
    }

    void outputOfManyInterleaves()
    {
        greet();
        std::vector<ProcessPointer> processes;
        std::vector<std::unique_ptr<Transcript>> transcripts;
        for (int i = 0; i < 50; ++i) {
            processes.push_back(start("yes"));
            transcripts.push_back(std::make_unique<Transcript>(processes.back().get()));
            m_agent->say(processes.back()->stream(), guest::Started{quint32(i)});
        }
        for (int round = 0; round < 20; ++round) {
            for (const ProcessPointer &process : processes)
                m_agent->sayData(process->stream(), Channel::Stdout,
                                 QByteArray::number(process->stream()) + ' ');
        }
        for (const ProcessPointer &process : processes)
            m_agent->say(process->stream(), guest::Exited{quint8(process->stream()), 0, false});
        for (size_t i = 0; i < processes.size(); ++i) {
            QTRY_VERIFY(transcripts[i]->exited);
            QCOMPARE(transcripts[i]->out, (QByteArray::number(processes[i]->stream()) + ' ').repeated(20));
            QCOMPARE(transcripts[i]->exited->exitCode, quint8(processes[i]->stream()));
        }
    }

    void inputWaitsForCredit()
    {
        greet();
        const ProcessPointer process = start("cat");
        const quint32 stream = process->stream();
        m_agent->expect<guest::Exec>(stream);
        m_agent->say(stream, guest::Started{1});
        QSignalSpy writable(process.get(), &GuestProcess::bytesWritable);
        const QByteArray input(guest::InitialCredit + 1000, 'i');
        QCOMPARE(process->write(input), qsizetype(guest::InitialCredit));
        QCOMPARE(process->writableBytes(), 0);
        QCOMPARE(process->write("x"), 0);
        qsizetype arrived = 0;
        while (arrived < qsizetype(guest::InitialCredit)) {
            const auto frame = m_agent->next();
            QVERIFY(frame && frame->type == guest::FrameType::Data);
            QVERIFY(frame->payload.size() <= guest::MaxDataBytes + 1);
            arrived += qsizetype(frame->payload.size()) - 1;
        }
        QCOMPARE(arrived, qsizetype(guest::InitialCredit));
        QCOMPARE(writable.size(), 0);
        m_agent->say(stream, guest::Credit{Channel::Stdin, 1000});
        QTRY_COMPARE(writable.size(), 1);
        QCOMPARE(process->writableBytes(), 1000);
    }

    void aPeerThatDoesNotReadBoundsTheQueue()
    {
        greet();
        std::vector<ProcessPointer> processes;
        qsizetype taken = 0;
        const QByteArray input(guest::InitialCredit, 'i');
        for (int i = 0; i < 50; ++i) {
            processes.push_back(start("cat"));
            taken += processes.back()->write(input);
        }
        // The socket's own buffer holds a few hundred KiB besides.
        QVERIFY2(taken <= GuestChannel::MaxQueuedBytes + (1 << 20), qPrintable(QString::number(taken)));
        QSignalSpy writable(processes.back().get(), &GuestProcess::bytesWritable);
        QCOMPARE(processes.back()->write("x"), 0);
        qsizetype arrived = 0;
        while (arrived < taken) {
            const auto frame = m_agent->next();
            QVERIFY(frame);
            if (frame->type == guest::FrameType::Data)
                arrived += qsizetype(frame->payload.size()) - 1;
        }
        QTRY_COMPARE(writable.size(), 1);
        QCOMPARE(processes.back()->write("x"), 1);
    }

    void creditGoesBackAsOutputIsPassedOn()
    {
        greet();
        const ProcessPointer process = start("yes");
        Transcript transcript(process.get());
        const quint32 stream = process->stream();
        m_agent->expect<guest::Exec>(stream);
        m_agent->say(stream, guest::Started{1});
        const QByteArray piece(guest::MaxDataBytes, 'o');
        for (quint32 i = 0; i < guest::InitialCredit / guest::MaxDataBytes; ++i)
            m_agent->sayData(stream, Channel::Stdout, piece);
        QTRY_COMPARE(transcript.out.size(), qsizetype(guest::InitialCredit));
        process->grantCredit(Channel::Stdout, guest::MaxDataBytes);
        const auto credit = m_agent->expect<guest::Credit>(stream);
        QVERIFY(credit.channel == Channel::Stdout);
        QCOMPARE(credit.bytes, std::uint32_t(guest::MaxDataBytes));
        m_agent->sayData(stream, Channel::Stdout, piece);
        QTRY_COMPARE(transcript.out.size(), qsizetype(guest::InitialCredit + guest::MaxDataBytes));
        QVERIFY(!m_channel->isClosed());
        m_agent->sayData(stream, Channel::Stdout, "x");
        QTRY_VERIFY2(m_channel->isClosed(), "one byte beyond the credit");
        QTRY_VERIFY(transcript.lost);
        QVERIFY(transcript.lost->code == ErrorCode::Protocol);
    }

    void hostileFramesCloseTheChannel_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char *name, const guest::Bytes &frame) {
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char *>(frame.data()),
                                              qsizetype(frame.size()));
        };
        row("a stream that does not exist", guest::encodeMessage(77, guest::Started{1}));
        row("a second hello", guest::encodeMessage(0, guest::Hello()));
        row("ready for nothing", guest::encodeMessage(0, guest::Ready()));
        row("usage for nothing", guest::encodeMessage(0, guest::Usage()));
        row("data about the guest", guest::encodeData(0, Channel::Stdout, {}));
        row("exited about the guest", guest::encodeMessage(0, guest::Exited{}));
        row("a host's frame", guest::encodeMessage(0, guest::Shutdown{}));
        row("an unknown frame", guest::encodeFrame(guest::FrameType(0x7f), 0, {}));
        row("a malformed log", guest::encodeFrame(guest::FrameType::Log, 0, guest::Bytes(3, 0xff)));
        QTest::newRow("an oversize frame") << QByteArray("\xff\xff\xff\x7f\x88\0\0\0\0", 9);
        QTest::newRow("text") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    void hostileFramesCloseTheChannel()
    {
        QFETCH(QByteArray, bytes);
        greet();
        const ProcessPointer process = start("cat");
        Transcript transcript(process.get());
        QSignalSpy closed(m_channel.get(), &GuestChannel::closed);
        m_agent->sayBytes(guest::BytesView(reinterpret_cast<const std::uint8_t *>(bytes.constData()),
                                           size_t(bytes.size())));
        QTRY_COMPARE(closed.size(), 1);
        QVERIFY(closed.at(0).at(0).value<Error>().code == ErrorCode::Protocol);
        QVERIFY(transcript.lost);
        QTRY_VERIFY(!m_agent->isConnected());
        QVERIFY(!m_channel->exec(command("cat")));
        QVERIFY(!QCoro::waitFor(m_channel->usage()));
    }

    void nothingBeforeHello()
    {
        QSignalSpy closed(m_channel.get(), &GuestChannel::closed);
        m_agent->say(0, guest::Log{"hello?"});
        QTRY_COMPARE(closed.size(), 1);
        QVERIFY(closed.at(0).at(0).value<Error>().code == ErrorCode::Protocol);
    }

    void aHandleThatIsDroppedHangsItsCommandUp()
    {
        greet();
        ProcessPointer process = start("sleep");
        const quint32 stream = process->stream();
        m_agent->expect<guest::Exec>(stream);
        process.reset();
        m_agent->expect<guest::Hangup>(stream);
        QCOMPARE(m_channel->streams(), 1);
        m_agent->say(stream, guest::Started{1});
        m_agent->sayData(stream, Channel::Stdout, "crossed with the hangup");
        m_agent->say(stream, guest::Exited{0, 1, false});
        QTRY_COMPARE(m_channel->streams(), 0);
        QVERIFY(!m_channel->isClosed());
    }

    void slotsMayDestroyWhatTheyListenTo()
    {
        greet();
        ProcessPointer process = start("one");
        const quint32 stream = process->stream();
        connect(process.get(), &GuestProcess::output, this, [&process] { process.reset(); });
        const guest::Bytes started = guest::encodeMessage(stream, guest::Started{1});
        m_agent->sayBytes(started);
        m_agent->sayData(stream, Channel::Stdout, "a");
        m_agent->sayData(stream, Channel::Stdout, "b");
        QTRY_VERIFY(!process);
        QVERIFY(!m_channel->isClosed());

        ProcessPointer other = start("two");
        Transcript transcript(other.get());
        connect(other.get(), &GuestProcess::started, this, [this] { m_channel.reset(); });
        m_agent->say(other->stream(), guest::Started{1});
        QTRY_VERIFY(!m_channel);
        QVERIFY(transcript.lost && other->isEnded());
        QCOMPARE(other->write("dropped"), 7);
    }

    void destructionCancelsWhatWaits()
    {
        greet();
        const Running<guest::Usage> usage(m_channel->usage());
        const Running<void> shutdown(m_channel->shutdown(1s));
        m_channel.reset();
        QTRY_VERIFY(usage.isOver() && shutdown.isOver());
        QVERIFY(usage.outcome().error().code == ErrorCode::Cancelled);
        QVERIFY(shutdown.outcome().error().code == ErrorCode::Cancelled);
    }

    void logsAreOneLine()
    {
        greet();
        QSignalSpy logged(m_channel.get(), &GuestChannel::logged);
        m_agent->say(0, guest::Log{"one\ntwo\x1b]0;title\x07" + std::string(10'000, 'x')});
        QTRY_COMPARE(logged.size(), 1);
        const QString line = logged.at(0).at(0).toString();
        QVERIFY(line.startsWith(QLatin1String("one two ]0;title ")));
        QCOMPARE(line.size(), 500);
    }

private:
    void greet()
    {
        guest::Hello hello;
        hello.kernelRelease = "6.1";
        m_agent->say(0, hello);
        QVERIFY(QCoro::waitFor(m_channel->hello(2s)));
    }

    ProcessPointer start(const char *name)
    {
        Result<ProcessPointer> process = m_channel->exec(command(name));
        return process ? std::move(*process) : nullptr;
    }

    std::unique_ptr<GuestChannel> m_channel;
    std::unique_ptr<ScriptedAgent> m_agent;
};

QTEST_GUILESS_MAIN(TestGuestChannel)
#include "tst_guestchannel.moc"
