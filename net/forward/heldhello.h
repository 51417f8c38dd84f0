#pragma once

#include "net/flow/flow.h"
#include "net/inspect/firstbytes.h"
#include "net/wire/packet.h"

namespace boxgate::net {

/// The first bytes of a flow that a name rule let in, kept from the other side until it is clear whom they
/// are for.
///
/// Segments are taken strictly in order: what is ahead or overlaps is left to the guest to send again, so
/// that the bytes that pass are the very bytes that were looked at. They pass as new segments, made of them,
/// and are kept until the stack has acknowledged them all: a guest can bring it about that the stack drops a
/// segment, and what it then sends in that place would be bytes that nobody has looked at. Thread: net.
struct HeldHello
{
    explicit HeldHello(uint32_t firstSequence)
        : first(firstSequence)
        , next(firstSequence)
    { }

    /// Takes a segment with data or FIN.
    /// Returns  what is known now; NeedMore too for a segment that is not the next one
    FirstBytes::Finding take(const Packet &segment, Flow::Clock::time_point now);
    /// Notes what the segment tells about the other direction.
    void answer(const Packet &segment);
    bool isEmpty() const { return bytes.empty() && !isFinished; }
    /// Whether the time for the rest is over.
    bool isOverdue(Flow::Clock::time_point now) const
    {
        return !bytes.empty() && now - since > FirstBytes::MaxWait;
    }

    FirstBytes hello;
    std::vector<uint8_t> bytes; ///< all of them, at most a segment more than FirstBytes::MaxHeld
    uint32_t first; ///< sequence number of the first byte
    uint32_t next; ///< that is taken
    bool isFinished = false; ///< the guest's FIN is held, too
    bool isReleased = false; ///< passed on; the stack has not acknowledged all of it yet
    uint32_t acknowledgment = 0; ///< the guest's last, and its window
    uint16_t window = 0;
    Flow::Clock::time_point since; ///< of the first byte
};

} // namespace boxgate::net
