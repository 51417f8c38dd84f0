#pragma once

#include "core/base/descriptor.h"
#include "net/capture/blockring.h"
#include "net/capture/pcapng.h"
#include "net/report.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace boxgate::net {

/// Writes frames to a file, as pcapng, from a thread of its own. The net thread never waits: what the ring
/// has no room for is dropped and counted.
///
/// It ends by stop(), by itself before a block that would pass the limit, or when writing fails; the file is
/// closed then, and its last block is whole where the file can be cut.
class FrameCapture
{
public:
    using Way = pcapng::Way;

    /// Begins to write.
    /// descriptor   of an empty file, blocking; owned by the capture from here on, also when it fails
    /// maxBytes     that the file never exceeds
    /// Errors   InvalidArgument: the limit has no room for a header; Unavailable: the system has no thread
    /// left
    static Result<std::unique_ptr<FrameCapture>> start(int descriptor, uint64_t maxBytes);

    ~FrameCapture(); ///< ends as stop() does
    FrameCapture(const FrameCapture &) = delete;
    FrameCapture &operator=(const FrameCapture &) = delete;

    /// Takes one frame in two parts, the second of which may be empty; nothing once the capture has ended.
    /// The comment is optional, UTF-8, and cut after pcapng::LongestComment bytes.
    /// No allocation; a lock and a system call only to wake the writer, which never writes under that lock.
    /// Thread   net
    void add(Way way, std::span<const uint8_t> head, std::span<const uint8_t> tail, int64_t unixNanoseconds,
             std::string_view comment);

    /// Thread   any
    CaptureReport report() const;

    /// Ends; what was added is in the file when it returns, unless writing failed. Waits for the file.
    /// Thread   any but net
    CaptureReport stop();

private:
    enum class State
    {
        On,
        Stopped, ///< by stop()
        Full, ///< the next block would pass the limit
        Failed ///< m_error says why
    };

    FrameCapture(Descriptor file, uint64_t maxBytes);
    void run();
    bool drain();
    void fail(int errnum);
    void end(State state);
    void sleep();
    void wake();

    BlockRing m_ring;
    const uint64_t m_maxBytes;
    uint64_t m_takenBytes = 0; ///< that the ring took; net thread
    std::atomic<State> m_state = State::On;
    std::atomic<uint64_t> m_writtenBytes = 0;
    std::atomic<uint64_t> m_writtenFrames = 0;
    std::atomic<uint64_t> m_dropped = 0;

    Descriptor m_file; ///< writer
    std::string m_error; ///< written once, before State::Failed

    std::mutex m_sleepMutex;
    std::condition_variable m_wake;
    std::atomic<bool> m_isAsleep = false;
    std::mutex m_joinMutex;
    std::thread m_thread;
};

} // namespace boxgate::net
