#pragma once

#include "net/capture/framecapture.h"
#include "net/forward/bytebucket.h"
#include "net/trafficmeter.h"
#include "net/transport/frametransport.h"

namespace boxgate::net {

/// The way back to the guest: every frame to it goes through here and is counted here. Thread: net.
class GuestLink
{
public:
    GuestLink(FrameTransport &transport, TrafficMeter &meter)
        : m_transport(transport)
        , m_meter(meter)
    { }

    /// For TCP, which must never lose a frame here: a loss would stall the flow for a second.
    void send(std::span<const uint8_t> frame) { send(frame, {}); }
    /// The same for a frame in two parts.
    void send(std::span<const uint8_t> head, std::span<const uint8_t> tail)
    {
        if (!m_isOpen)
            return;
        m_meter.received(head.size() + tail.size());
        m_limit.take(head.size() + tail.size());
        if (m_capture)
            m_capture->add(FrameCapture::Way::ToBox, head, tail, m_unixNanoseconds, {});
        m_transport.send(head, tail);
    }

    /// For everything else: lost, and counted, while the guest does not read.
    void sendOrDrop(std::span<const uint8_t> frame)
    {
        if (m_transport.isAbovePauseMark())
            m_meter.blocked();
        else
            send(frame);
    }

    /// For datagrams of others: lost above the rate limit, too.
    void forwardOrDrop(std::span<const uint8_t> frame)
    {
        if (isCongested())
            m_meter.blocked();
        else
            send(frame);
    }

    /// Whether host sockets should rest: the guest does not read, or the rate limit is reached.
    bool isCongested() { return m_transport.isAbovePauseMark() || !m_limit.isOpen(m_now); }
    /// How long the rate limit lasts at the least, in ms; -1: it is not reached.
    int untilOpen() { return m_limit.isOpen(m_now) ? -1 : int(m_limit.untilOpen(m_now).count()); }
    /// bytesPerSecond   0: no limit
    void setLimit(uint64_t bytesPerSecond) { m_limit.setRate(bytesPerSecond); }

    /// Tells the time, once per turn of the loop.
    void setNow(ByteBucket::Clock::time_point now, int64_t unixNanoseconds)
    {
        m_now = now;
        m_unixNanoseconds = unixNanoseconds;
    }

    int64_t unixNanoseconds() const { return m_unixNanoseconds; }

    /// capture   sees each frame to the guest; null: none
    void setCapture(FrameCapture *capture) { m_capture = capture; }

    /// A closed link swallows everything: what a box that is switched off receives.
    void open() { m_isOpen = true; }
    void close() { m_isOpen = false; }
    bool isOpen() const { return m_isOpen; }

private:
    FrameTransport &m_transport;
    TrafficMeter &m_meter;
    ByteBucket m_limit;
    ByteBucket::Clock::time_point m_now = ByteBucket::Clock::now();
    int64_t m_unixNanoseconds = 0;
    FrameCapture *m_capture = nullptr;
    bool m_isOpen = true;
};

} // namespace boxgate::net
