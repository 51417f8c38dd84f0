#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"
#include "net/wire/sanitiser.h"
#include "net/wire/segmentmerger.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace boxgate::net;

namespace {

constexpr size_t TcpAt = wire::EthernetHeader + wire::Ipv4Header;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// A frame of the guest with a TCP segment, whose header and data are input; lengths and checksums are right,
/// but for a wrong checksum of the segment on request.
std::vector<uint8_t> frameOf(std::span<const uint8_t> segment, uint16_t error)
{
    std::vector<uint8_t> frame(TcpAt);
    std::ranges::copy(plan::GatewayMac, frame.begin());
    std::ranges::copy(plan::GuestMac, frame.begin() + 6);
    storeBe16(frame.data() + 12, wire::EtherTypeIpv4);
    uint8_t *const ip = frame.data() + wire::EthernetHeader;
    ip[0] = 0x45;
    storeBe16(ip + 2, uint16_t(wire::Ipv4Header + segment.size()));
    ip[8] = 64;
    ip[9] = wire::ProtocolTcp;
    storeBe32(ip + 12, plan::Guest.value);
    storeBe32(ip + 16, Ipv4::of(93, 184, 216, 34).value);
    storeBe16(ip + 10, checksum({ip, wire::Ipv4Header}));
    frame.insert(frame.end(), segment.begin(), segment.end());
    storeBe16(frame.data() + TcpAt + 16, 0);
    const uint16_t right = transportChecksum(plan::Guest, Ipv4::of(93, 184, 216, 34), wire::ProtocolTcp,
                                             std::span(frame).subspan(TcpAt));
    storeBe16(frame.data() + TcpAt + 16, adjustChecksum(right, 0, error));
    return frame;
}

bool isRight(const Packet &segment)
{
    return checksum(segment.ip.first(wire::Ipv4Header)) == 0
        && transportChecksum(segment.source, segment.destination, wire::ProtocolTcp, segment.payload) == 0;
}

/// What the merger should hold.
struct Model
{
    std::vector<uint8_t> data;
    uint32_t frames = 0;
    int wrong = 0;

    void check(SegmentMerger &merger)
    {
        const auto merged = merger.take();
        require(bool(merged) == (frames > 0));
        if (merged) {
            require(merged->segment.frames == frames);
            require(std::ranges::equal(merged->segment.data, data));
            require(merged->frame.size() == wire::EthernetHeader + merged->segment.ip.size());
            if (wrong < 2) // two errors can cancel each other out
                require(isRight(merged->segment) == (wrong == 0));
        }
        *this = {};
    }
};

} // namespace

/// The input is a series of segments: a size in two bytes, an error in the checksum, and the segment. A first
/// bit says that the sequence number is the one that is due.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::vector<uint8_t> received(size * 3); // 23 bytes of input or more make a frame of at most 34 more
    size_t begin = 0;
    uint32_t due = 0;
    SegmentMerger merger;
    Model model;
    while (size >= 3 + wire::TcpHeader) {
        const size_t count = std::clamp<size_t>(loadBe16(data) & 0x7fff, wire::TcpHeader, size - 3);
        const bool isDue = data[0] & 0x80;
        const uint16_t error = data[2] & 1 ? data[2] : 0;
        std::vector<uint8_t> segment(data + 3, data + 3 + count);
        data += 3 + count;
        size -= 3 + count;
        if (isDue)
            storeBe32(segment.data() + 4, due);
        const std::vector<uint8_t> frame = frameOf(segment, error);
        std::ranges::copy(frame, received.begin() + ptrdiff_t(begin));
        const std::span<uint8_t> place(received.data() + begin, frame.size());
        begin += frame.size();
        const Sanitised clean = sanitise(place, 65535);
        if (clean.kind != FrameKind::Tcp)
            continue;
        const std::vector<uint8_t> bytes(clean.packet.data.begin(), clean.packet.data.end());
        bool isTaken = merger.add(place, clean.packet);
        if (!isTaken) {
            model.check(merger);
            isTaken = merger.add(place, clean.packet);
        }
        if (!isTaken)
            continue;
        model.data.insert(model.data.end(), bytes.begin(), bytes.end());
        model.wrong += error != 0;
        ++model.frames;
        due = clean.packet.tcpSequence + uint32_t(bytes.size());
    }
    model.check(merger);
    return 0;
}
