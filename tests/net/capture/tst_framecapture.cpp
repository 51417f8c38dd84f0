#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/capture/framecapture.h"

#include "tests/net/capture/pcapngreader.h"

#include <QFile>
#include <QTemporaryDir>

#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/resource.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using Way = FrameCapture::Way;

namespace {

constexpr uint64_t NoLimit = std::numeric_limits<uint64_t>::max();

/// Frames that anybody can make again from their number.
class Frames
{
public:
    Frames()
        : m_pool(2 * pcapng::SnapLength)
    {
        std::mt19937 random(1);
        std::ranges::generate(m_pool, [&] { return uint8_t(random()); });
    }

    struct Parts
    {
        Way way;
        std::span<const uint8_t> head, tail;
        int64_t time;
        std::string comment;
    };
    Parts parts(uint32_t number) const
    {
        const uint32_t dice = number * 2654435761u;
        const size_t largest = number % 100 == 7 ? pcapng::SnapLength : 600;
        const auto frame = std::span(m_pool).subspan(dice % pcapng::SnapLength).first(1 + dice % largest);
        const size_t head = number % 3 == 0 ? frame.size() : dice / 7 % frame.size();
        return {number % 2 == 0 ? Way::FromBox : Way::ToBox, frame.first(head), frame.subspan(head),
                1'700'000'000'000'000'000 + int64_t(number) * 1'000'000'007,
                number % 5 == 0 ? "blocked: no rule for frame " + std::to_string(number) : std::string()};
    }
    void add(FrameCapture &capture, uint32_t number) const
    {
        const Parts frame = parts(number);
        capture.add(frame.way, frame.head, frame.tail, frame.time, frame.comment);
    }
    size_t blockSize(uint32_t number) const
    {
        const Parts frame = parts(number);
        return pcapng::blockSize({frame.way, frame.head, frame.tail, frame.time, frame.comment});
    }
    bool isEqual(const pcapngreader::Frame &read, uint32_t number) const
    {
        const Parts frame = parts(number);
        std::vector<uint8_t> bytes(frame.head.begin(), frame.head.end());
        bytes.insert(bytes.end(), frame.tail.begin(), frame.tail.end());
        return read.bytes == bytes && read.originalSize == bytes.size() && read.time == uint64_t(frame.time)
            && read.comment == frame.comment && read.flags == (frame.way == Way::FromBox ? 2 : 1);
    }

private:
    std::vector<uint8_t> m_pool;
};

/// An empty file and what is in it later.
class TargetFile
{
public:
    int open() const { return ::open(path().constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); }
    QByteArray content() const
    {
        QFile file(QString::fromLocal8Bit(path()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private:
    QByteArray path() const { return m_folder.filePath("capture.pcapng").toLocal8Bit(); }

    QTemporaryDir m_folder;
};

std::unique_ptr<FrameCapture> started(int descriptor, uint64_t maxBytes = NoLimit)
{
    auto capture = FrameCapture::start(descriptor, maxBytes);
    return capture ? std::move(*capture) : nullptr;
}

std::optional<pcapngreader::File> readBack(const QByteArray &content)
{
    return pcapngreader::read(
        {reinterpret_cast<const uint8_t *>(content.constData()), size_t(content.size())});
}

/// How many frames of the file are the first ones in this order, up to the first that is not.
size_t equalFrames(const pcapngreader::File &file, const std::vector<uint32_t> &numbers, const Frames &frames)
{
    size_t equal = 0;
    while (equal < std::min(file.frames.size(), numbers.size())
           && frames.isEqual(file.frames[equal], numbers[equal]))
        ++equal;
    return equal;
}

std::vector<uint32_t> firstNumbers(uint32_t count)
{
    std::vector<uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0u);
    return numbers;
}

} // namespace

class TestFrameCapture : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFrameIsInTheFileOnce()
    {
        constexpr uint32_t Count = 100'000;
        constexpr uint64_t MostAhead = BlockRing::Capacity / 2;
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        uint64_t added = 0;
        for (uint32_t number = 0; number < Count; ++number) {
            m_frames.add(*capture, number);
            added += m_frames.blockSize(number);
            // The writer shares the machine with other tests: it is given its time.
            while (added > capture->report().bytes + MostAhead && capture->report().isOn)
                std::this_thread::yield();
        }
        const CaptureReport report = capture->stop();
        QCOMPARE(report.error, "");
        QCOMPARE(report.dropped, uint64_t(0));
        QCOMPARE(report.packets, uint64_t(Count));
        QCOMPARE(report.bytes, added + pcapng::HeaderSize);
        const QByteArray content = target.content();
        QCOMPARE(uint64_t(content.size()), report.bytes);
        const auto file = readBack(content);
        QVERIFY(file);
        QCOMPARE(file->frames.size(), size_t(Count));
        QCOMPARE(equalFrames(*file, firstNumbers(Count), m_frames), size_t(Count));
    }

    void whatIsAddedIsSoonInTheFileWithoutAStop()
    {
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        for (uint32_t number = 0; number < 3; ++number) {
            m_frames.add(*capture, number);
            QTRY_COMPARE(capture->report().packets, uint64_t(number + 1));
            const auto file = readBack(target.content());
            QVERIFY(file);
            QCOMPARE(equalFrames(*file, firstNumbers(number + 1), m_frames), size_t(number + 1));
        }
        QVERIFY(capture->report().isOn);
    }

    void stopFlushes_data()
    {
        QTest::addColumn<uint>("count");
        QTest::newRow("nothing was added") << 0u;
        QTest::newRow("one frame") << 1u;
        QTest::newRow("some") << 1000u;
    }
    void stopFlushes()
    {
        QFETCH(uint, count);
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        for (uint32_t number = 0; number < count; ++number)
            m_frames.add(*capture, number);
        const CaptureReport report = capture->stop();
        QVERIFY(!report.isOn && !report.isFull && report.error.empty());
        QCOMPARE(report.packets, uint64_t(count));
        m_frames.add(*capture, count); // too late: neither written nor counted
        QCOMPARE(capture->stop().packets, uint64_t(count)); // a second stop says the same
        QCOMPARE(capture->report().dropped, uint64_t(0));
        const auto file = readBack(target.content());
        QVERIFY(file);
        QCOMPARE(file->frames.size(), size_t(count));
        QCOMPARE(equalFrames(*file, firstNumbers(count), m_frames), size_t(count));
    }

    void theDestructorFlushesAndCloses()
    {
        const TargetFile target;
        const int descriptor = target.open();
        {
            const auto capture = started(descriptor);
            QVERIFY(capture);
            m_frames.add(*capture, 0);
            QVERIFY(::fcntl(descriptor, F_GETFD) >= 0); // control: the capture has it
        }
        QCOMPARE(::fcntl(descriptor, F_GETFD), -1);
        QCOMPARE(readBack(target.content())->frames.size(), size_t(1));
    }

    void itEndsBeforeABlockThatWouldPassTheLimit_data()
    {
        QTest::addColumn<int>("beyond"); // bytes that the limit is away from the end of ten frames
        QTest::addColumn<uint>("written");
        QTest::newRow("exactly ten frames") << 0 << 10u;
        QTest::newRow("a byte is missing for the tenth") << -1 << 9u;
        QTest::newRow("a bit more than ten") << 3 << 10u;
    }
    void itEndsBeforeABlockThatWouldPassTheLimit()
    {
        QFETCH(int, beyond);
        QFETCH(uint, written);
        uint64_t limit = pcapng::HeaderSize;
        for (uint32_t number = 0; number < 10; ++number)
            limit += m_frames.blockSize(number);
        limit = uint64_t(int64_t(limit) + beyond);
        const TargetFile target;
        const auto capture = started(target.open(), limit);
        QVERIFY(capture);
        for (uint32_t number = 0; number < 20; ++number) {
            QCOMPARE(capture->report().isOn, number <= written);
            m_frames.add(*capture, number);
        }
        QTRY_COMPARE(capture->report().packets, uint64_t(written)); // by itself
        const CaptureReport report = capture->stop();
        QVERIFY(report.isFull && !report.isOn && report.error.empty());
        const QByteArray content = target.content();
        QVERIFY(uint64_t(content.size()) <= limit);
        const auto file = readBack(content);
        QVERIFY(file);
        QCOMPARE(file->frames.size(), size_t(written));
        QCOMPARE(equalFrames(*file, firstNumbers(written), m_frames), size_t(written));
    }

    void aLimitWithoutRoomForTheHeaderIsRefused()
    {
        const TargetFile target;
        const int descriptor = target.open();
        const auto refused = FrameCapture::start(descriptor, pcapng::HeaderSize - 1);
        QVERIFY(!refused);
        QCOMPARE(toString(refused.error().code), QString("invalid-argument"));
        QCOMPARE(::fcntl(descriptor, F_GETFD), -1);
        const auto control = started(target.open(), pcapng::HeaderSize);
        QVERIFY(control);
        control->stop();
        QCOMPARE(readBack(target.content())->frames.size(), size_t(0));
    }

    void aFullDiskEndsIt()
    {
        const auto capture = started(::open("/dev/full", O_WRONLY | O_CLOEXEC));
        QVERIFY(capture);
        QTRY_VERIFY(!capture->report().isOn);
        const CaptureReport report = capture->stop();
        QCOMPARE(report.error,
                 "The capture ended because its file cannot be written: No space left on device");
        QCOMPARE(report.bytes, uint64_t(0));
        QVERIFY(!report.isFull);
    }

    void aReaderThatGoesAwayEndsIt()
    {
        int ends[2];
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const auto capture = started(ends[1]);
        QVERIFY(capture);
        QTRY_COMPARE(capture->report().bytes, uint64_t(pcapng::HeaderSize)); // control
        ::close(ends[0]);
        m_frames.add(*capture, 0);
        QTRY_VERIFY(!capture->report().isOn);
        QCOMPARE(capture->stop().error, "The capture ended because its file cannot be written: Broken pipe");
    }

    /// The file may not become larger than this: write() is short first, then fails, and raises SIGXFSZ.
    void aWriteThatFailsHalfwayLeavesWholeBlocks()
    {
        constexpr rlim_t MostBytes = 100'001;
        rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit lower = before;
        lower.rlim_cur = MostBytes;
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &lower), 0);
        uint32_t added = 0;
        for (uint64_t bytes = 0; bytes < 2 * MostBytes; ++added) {
            m_frames.add(*capture, added);
            bytes += m_frames.blockSize(added);
        }
        const CaptureReport report = capture->stop();
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
        QCOMPARE(report.error, "The capture ended because its file cannot be written: File too large");
        const QByteArray content = target.content();
        QCOMPARE(uint64_t(content.size()), report.bytes);
        QVERIFY(report.bytes <= MostBytes);
        QVERIFY(report.packets > 0 && report.packets < added);
        const auto file = readBack(content);
        QVERIFY(file);
        QCOMPARE(uint64_t(file->frames.size()), report.packets);
        QCOMPARE(equalFrames(*file, firstNumbers(added), m_frames), file->frames.size());
    }

    void whatASlowFileHasNoRoomForIsDroppedAndCounted()
    {
        int ends[2];
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const auto capture = started(ends[1]);
        QVERIFY(capture);
        std::vector<uint32_t> taken;
        uint64_t dropped = 0;
        for (uint32_t number = 0; dropped < 1000; ++number) { // nobody reads the pipe
            m_frames.add(*capture, number);
            if (capture->report().dropped == dropped)
                taken.push_back(number);
            dropped = capture->report().dropped;
        }
        QByteArray content;
        std::thread reader([&, descriptor = ends[0]] {
            QFile pipe;
            if (pipe.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
                content = pipe.readAll();
        });
        const CaptureReport report = capture->stop();
        reader.join();
        QCOMPARE(report.error, "");
        QCOMPARE(report.dropped, uint64_t(1000));
        QCOMPARE(report.packets, uint64_t(taken.size()));
        QCOMPARE(report.bytes, uint64_t(content.size()));
        const auto file = readBack(content);
        QVERIFY(file);
        QCOMPARE(file->frames.size(), taken.size());
        QCOMPARE(equalFrames(*file, taken, m_frames), taken.size());
    }

    void stopAndReportMayComeFromOtherThreads()
    {
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        std::thread netThread([&] {
            for (uint32_t number = 0; capture->report().isOn;) {
                if (number < capture->report().packets + 2000) // or the file grows as fast as it can
                    m_frames.add(*capture, number++);
                else
                    std::this_thread::yield();
            }
        });
        QTRY_VERIFY(capture->report().packets > 1000);
        CaptureReport first;
        std::thread other([&] { first = capture->stop(); });
        const CaptureReport second = capture->stop();
        other.join();
        netThread.join();
        QCOMPARE(first.packets, second.packets);
        QCOMPARE(second.error, "");
        const auto file = readBack(target.content());
        QVERIFY(file);
        QCOMPARE(uint64_t(file->frames.size()), second.packets);
    }

    void theCallersSignalsStayAsTheyWere()
    {
        sigset_t before, after;
        QCOMPARE(::pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
        const TargetFile target;
        const auto capture = started(target.open());
        QVERIFY(capture);
        QCOMPARE(::pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
        QCOMPARE(::sigismember(&after, SIGTERM), ::sigismember(&before, SIGTERM));
        QCOMPARE(::sigismember(&after, SIGPIPE), ::sigismember(&before, SIGPIPE));
    }

private:
    const Frames m_frames;
};

QTEST_GUILESS_MAIN(TestFrameCapture)
#include "tst_framecapture.moc"
