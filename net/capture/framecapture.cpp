#include "net/capture/framecapture.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <unistd.h>

namespace boxgate::net {

namespace {

/// An idle capture is on disk after this time.
constexpr std::chrono::milliseconds LongestSleep{200};
constexpr size_t WakeMark = BlockRing::Capacity / 4;
/// The ring gets its room back in pieces of this size.
constexpr size_t BytesPerWrite = 256 * 1024;
static_assert(BytesPerWrite >= pcapng::LargestBlock && BytesPerWrite >= pcapng::HeaderSize);

struct Written
{
    size_t bytes = 0;
    int errnum = 0; ///< why it is not all
};

Written writeAll(int descriptor, std::span<const uint8_t> bytes)
{
    Written written;
    while (written.bytes < bytes.size()) {
        const ssize_t count = ::write(descriptor, bytes.data() + written.bytes, bytes.size() - written.bytes);
        if (count > 0) {
            written.bytes += size_t(count);
        } else if (count == 0 || errno != EINTR) {
            written.errnum = count == 0 ? EIO : errno;
            break;
        }
    }
    return written;
}

/// All signals are blocked while it lives, also in threads that are started meanwhile: they belong to the
/// main thread, and SIGPIPE and SIGXFSZ are errors of write().
class SignalBlock
{
public:
    SignalBlock()
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &m_before);
    }
    ~SignalBlock() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    SignalBlock(const SignalBlock &) = delete;
    SignalBlock &operator=(const SignalBlock &) = delete;

private:
    sigset_t m_before;
};

} // namespace

Result<std::unique_ptr<FrameCapture>> FrameCapture::start(int descriptor, uint64_t maxBytes)
{
    Descriptor file(descriptor);
    if (maxBytes < pcapng::HeaderSize)
        return boxgate::fail(ErrorCode::InvalidArgument,
                             QStringLiteral("A capture of %1 bytes has no room for a frame").arg(maxBytes));
    std::unique_ptr<FrameCapture> self(new FrameCapture(std::move(file), maxBytes));
    try {
        const SignalBlock block;
        self->m_thread = std::thread([capture = self.get()] { capture->run(); });
    } catch (const std::system_error &error) {
        return boxgate::fail(ErrorCode::Unavailable,
                             QStringLiteral("The system has no thread left for a capture"),
                             QString::fromLocal8Bit(error.what()));
    }
    return self;
}

FrameCapture::FrameCapture(Descriptor file, uint64_t maxBytes)
    : m_maxBytes(maxBytes)
    , m_takenBytes(pcapng::HeaderSize)
    , m_file(std::move(file))
{
    pcapng::encodeHeader(m_ring.room(pcapng::HeaderSize).first<pcapng::HeaderSize>());
    m_ring.publish();
}

FrameCapture::~FrameCapture() { stop(); }

void FrameCapture::add(Way way, std::span<const uint8_t> head, std::span<const uint8_t> tail,
                       int64_t unixNanoseconds, std::string_view comment)
{
    if (m_state.load(std::memory_order_relaxed) != State::On)
        return;
    const pcapng::Frame frame{way, head, tail, unixNanoseconds, comment};
    const size_t size = pcapng::blockSize(frame);
    if (size > m_maxBytes - m_takenBytes) {
        end(State::Full);
        return;
    }
    const std::span<uint8_t> room = m_ring.room(size);
    if (room.empty()) {
        m_dropped.store(m_dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return;
    }
    pcapng::encode(frame, room);
    m_ring.publish();
    m_takenBytes += size;
    if (m_ring.queued() >= WakeMark && m_isAsleep.load())
        wake();
}

CaptureReport FrameCapture::report() const
{
    const State state = m_state.load();
    CaptureReport report;
    report.isOn = state == State::On;
    report.bytes = m_writtenBytes.load(std::memory_order_relaxed);
    report.packets = m_writtenFrames.load(std::memory_order_relaxed);
    report.dropped = m_dropped.load(std::memory_order_relaxed);
    report.isFull = state == State::Full;
    if (state == State::Failed)
        report.error = m_error;
    return report;
}

CaptureReport FrameCapture::stop()
{
    end(State::Stopped);
    wake();
    const std::lock_guard lock(m_joinMutex);
    if (m_thread.joinable())
        m_thread.join();
    return report();
}

/// Ends a capture that is on; what ended it first counts.
void FrameCapture::end(State state)
{
    State on = State::On;
    m_state.compare_exchange_strong(on, state);
}

void FrameCapture::run()
{
    for (;;) {
        // Before the ring, so that all that was added before the end is seen.
        const State state = m_state.load();
        if (!drain() || state != State::On)
            break;
        sleep();
    }
    m_file.close();
}

/// Writes what is published. False once that failed.
bool FrameCapture::drain()
{
    for (auto blocks = m_ring.published(); !blocks.empty(); blocks = m_ring.published()) {
        const auto ahead = blocks.first(std::min(blocks.size(), BytesPerWrite));
        const auto batch = ahead.first(pcapng::wholeBlocks(ahead).bytes);
        const Written written = writeAll(m_file.number(), batch);
        const pcapng::WholeBlocks whole = pcapng::wholeBlocks(batch.first(written.bytes));
        m_writtenBytes.store(m_writtenBytes.load(std::memory_order_relaxed) + whole.bytes,
                             std::memory_order_relaxed);
        m_writtenFrames.store(m_writtenFrames.load(std::memory_order_relaxed) + whole.frames,
                              std::memory_order_relaxed);
        if (written.errnum != 0) {
            fail(written.errnum);
            return false;
        }
        m_ring.release(batch.size());
    }
    return true;
}

void FrameCapture::fail(int errnum)
{
    // Readers refuse a file whose last block is cut short. What cannot be cut, such as a pipe, stays as it
    // is.
    [[maybe_unused]] const int cut = ::ftruncate(m_file.number(), off_t(m_writtenBytes.load()));
    const Error error =
        Error::fromErrno(errnum, QStringLiteral("The capture ended because its file cannot be written"));
    m_error = error.message.toStdString();
    m_state.store(State::Failed);
}

void FrameCapture::sleep()
{
    std::unique_lock lock(m_sleepMutex);
    m_isAsleep.store(true);
    m_wake.wait_for(lock, LongestSleep,
                    [this] { return m_ring.queued() >= WakeMark || m_state.load() != State::On; });
    m_isAsleep.store(false);
}

void FrameCapture::wake()
{
    {
        const std::lock_guard lock(m_sleepMutex);
        m_isAsleep.store(false); // one call is enough
    }
    m_wake.notify_one();
}

} // namespace boxgate::net
