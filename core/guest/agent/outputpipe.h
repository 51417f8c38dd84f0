#pragma once

#include "core/guest/agent/hostchannel.h"
#include "core/guest/protocol/credit.h"

namespace boxgate::agent {

/// Carries what a command writes, on one of its outputs, to the host: as far as there is credit, and while
/// the channel takes more. So a command whose output the host does not take stops in its own write(), and no
/// other does.
class OutputPipe
{
public:
    /// onEnd  called once: at the end of the output, or when a drain asked for by drainWhatIsThere() is done
    OutputPipe(EventLoop &loop, HostChannel &host, std::uint32_t stream, guest::Channel channel,
               Descriptor source, std::function<void()> onEnd);
    ~OutputPipe();

    bool ended() const { return !m_source.isOpen(); }
    /// Returns false on a protocol error.
    bool refill(std::uint32_t bytes);
    /// The host channel takes data again.
    void resume();
    /// Ends the pipe as soon as the bytes that are in it now have been sent, whoever else may write more.
    void drainWhatIsThere();
    /// From now on reads and drops: nobody is there to read it.
    void discard();

private:
    void onReadable();
    void updateWatch();
    void end();

    EventLoop &m_loop;
    HostChannel &m_host;
    std::uint32_t m_stream;
    guest::Channel m_channel;
    Descriptor m_source;
    std::function<void()> m_onEnd;
    EventLoop::WatchId m_watch = 0;
    guest::SendWindow m_window;
    bool m_discarding = false;
    /// Bytes still to be sent before the pipe is ended; negative while there is no such limit.
    long long m_leftToDrain = -1;
};

} // namespace boxgate::agent
