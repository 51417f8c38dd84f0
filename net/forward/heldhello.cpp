#include "net/forward/heldhello.h"

#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

namespace boxgate::net {

FirstBytes::Finding HeldHello::take(const Packet &segment, Flow::Clock::time_point now)
{
    using Finding = FirstBytes::Finding;
    const bool isNext = segment.tcpSequence == next && !isFinished;
    // The stack, which would have checked it, sees other segments than this one.
    const bool isIntact =
        transportChecksum(segment.source, segment.destination, wire::ProtocolTcp, segment.payload) == 0;
    if (!isNext || !isIntact)
        return Finding::NeedMore;
    if (bytes.empty())
        since = now;
    next += segment.tcpLength();
    answer(segment);
    isFinished = segment.tcpFlags & wire::TcpFin;
    bytes.insert(bytes.end(), segment.data.begin(), segment.data.end());
    const Finding finding = segment.data.empty() ? Finding::NeedMore : hello.add(segment.data);
    return finding == Finding::NeedMore && isFinished ? hello.finish() : finding;
}

void HeldHello::answer(const Packet &segment)
{
    acknowledgment = segment.tcpAcknowledgment;
    window = loadBe16(segment.payload.data() + 14);
}

// Here, because only this file knows what a hello is.
Flow::Flow() = default;
Flow::~Flow() = default;

} // namespace boxgate::net
