#pragma once

#include "net/trafficmeter.h"
#include "net/transport/frametransport.h"

namespace boxgate::net {

/// The way back to the guest: every frame to it goes through here and is counted here. Thread: net.
/// (Here is also where a capture and a rate limit see them.)
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

    /// A closed link swallows everything: what a box that is switched off receives.
    void open() { m_isOpen = true; }
    void close() { m_isOpen = false; }

private:
    FrameTransport &m_transport;
    TrafficMeter &m_meter;
    bool m_isOpen = true;
};

} // namespace boxgate::net
