#pragma once

#include "net/transport/framecodec.h"

#include <cstdint>
#include <memory>

namespace boxgate::test {

/// Carries frames between a TAP device and a socket, as QEMU does between its guest and a netdev. One thread,
/// which runs run(); the descriptors stay the caller's and become non-blocking.
///
/// Nothing is lost: while the socket takes no more, the TAP is not read. Unlike QEMU, which writes each frame
/// by itself, it hands over what has piled up at once, BatchBytes and a frame at most.
class FramePump
{
public:
    static constexpr size_t BatchBytes = 64 * 1024;

    /// How frames lie in the socket.
    enum class Framing
    {
        Prefixed, ///< a stream: QEMU's `-netdev stream`, passt
        Packets ///< SOCK_SEQPACKET, a frame each: slirp4netns --target-type=bess
    };

    FramePump(int tap, int wire, Framing framing = Framing::Prefixed);

    /// Returns when the wire ends, or when stop becomes readable.
    /// stop   descriptor; -1: none
    void run(int stop);

private:
    bool takeFromTap();
    bool flushToWire();
    bool takeFromWire();
    bool takePacketsFromWire();
    bool toTap(const uint8_t *frame, size_t size);
    bool hasQueued() const { return m_sent < m_queued; }

    int m_tap;
    int m_wire;
    Framing m_framing;
    net::FrameDecoder m_decoder;
    std::unique_ptr<uint8_t[]> m_queue; ///< on its way to the wire
    size_t m_queued = 0; ///< bytes of m_queue in use
    size_t m_sent = 0; ///< of these
};

} // namespace boxgate::test
