#pragma once

#include "tests/net/framefixture.h"

#include <functional>
#include <optional>

namespace boxgate::test {

/// What a TCP segment of the guest says; every field may be a lie.
struct Segment
{
    net::Ipv4 to;
    uint16_t toPort = 0;
    uint16_t fromPort = 40000;
    uint8_t flags = 0;
    uint32_t sequence = 1000;
    uint32_t acknowledgment = 0;
    Frame data;
    uint16_t urgent = 0;
    uint16_t window = 64240;
    uint16_t spoilChecksum = 0; ///< added to the right one
};

Frame frameOf(const Segment &segment);

/// What is read from a TCP segment to the guest.
struct Reply
{
    uint8_t flags = 0;
    uint32_t sequence = 0;
    uint32_t acknowledgment = 0;
    Frame data;
};

/// A guest without a TCP/IP stack: sends any frame over the wire and looks at what comes back.
class RawGuest
{
public:
    /// wire   owned from here on
    explicit RawGuest(int wire);
    ~RawGuest();
    RawGuest(const RawGuest &) = delete;
    RawGuest &operator=(const RawGuest &) = delete;

    void send(const Frame &frame);
    void send(const Segment &segment) { send(frameOf(segment)); }
    /// Frames with their prefixes, as they go over the wire.
    static Frame onWire(const std::vector<Frame> &frames);
    /// Sends bytes as they are. False when the engine has gone.
    bool sendRaw(const Frame &bytes);
    /// Throws away what has come so far, without waiting.
    void discard();

    /// The next frame that wanted accepts; others are dropped. nullopt after timeout.
    std::optional<Frame> receive(const std::function<bool(const Frame &)> &wanted, int timeoutMilliseconds);
    /// Whether any frame has come; does not wait.
    bool hasReceived();
    /// The next TCP segment to port.
    std::optional<Reply> receiveSegment(uint16_t port, int timeoutMilliseconds = 3000);

    /// Connects as an honest guest does. Returns  a segment to go on from: its sequence and acknowledgment
    /// are the next ones; nullopt when refused
    std::optional<Segment> connect(net::Ipv4 to, uint16_t port, uint16_t fromPort = 40000);

private:
    int m_wire;
    Frame m_received;
};

} // namespace boxgate::test
