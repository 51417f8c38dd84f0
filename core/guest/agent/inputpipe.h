#pragma once

#include "core/guest/agent/hostchannel.h"
#include "core/guest/protocol/credit.h"

namespace boxgate::agent {

/// Carries what the host sends to a command's standard input. Holds at most the credit given; returns credit
/// as the command takes bytes.
class InputPipe
{
public:
    enum class Kind
    {
        Pipe,
        Terminal
    };

    /// sink  may be closed: the command has no input, and all of it is dropped
    InputPipe(EventLoop &loop, HostChannel &host, std::uint32_t stream, Descriptor sink, Kind kind);
    ~InputPipe();

    /// Returns false on a protocol error: more than the credit.
    bool take(guest::BytesView content);
    /// No more comes: closes the pipe once all is written. A terminal gets its end-of-file character.
    void finish();

private:
    void writePending();
    void passOn(std::size_t bytes);
    void closeSink();

    EventLoop &m_loop;
    HostChannel &m_host;
    std::uint32_t m_stream;
    Descriptor m_sink;
    Kind m_kind;
    EventLoop::WatchId m_watch = 0;
    guest::ReceiveWindow m_window;
    guest::Bytes m_pending;
    std::size_t m_written = 0;
    bool m_finishing = false;
};

} // namespace boxgate::agent
