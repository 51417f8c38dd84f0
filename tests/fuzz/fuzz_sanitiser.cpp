#include "net/addressplan.h"
#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/framebuilder.h"
#include "net/wire/headers.h"
#include "net/wire/reassembler.h"
#include "net/wire/sanitiser.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace boxgate::net;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// Gives a frame the addresses and the checksum that get it past the first checks, so that the deeper ones
/// are reached.
void makePlausible(std::vector<uint8_t> &frame)
{
    if (frame.size() < wire::EthernetHeader + wire::Ipv4Header)
        return;
    std::ranges::copy(plan::GatewayMac, frame.begin());
    std::ranges::copy(plan::GuestMac, frame.begin() + 6);
    uint8_t *const ip = frame.data() + wire::EthernetHeader;
    storeBe32(ip + 12, plan::Guest.value);
    storeBe16(ip + 10, 0);
    storeBe16(ip + 10, checksum({ip, wire::Ipv4Header}));
}

void check(const std::vector<uint8_t> &frame, const Sanitised &clean, Reassembler &reassembler)
{
    const Packet &packet = clean.packet;
    FrameBuilder builder;
    if (clean.kind == FrameKind::Dropped || clean.kind == FrameKind::Arp)
        return;
    require(packet.ip.data() >= frame.data()
            && packet.ip.data() + packet.ip.size() <= frame.data() + frame.size());
    if (clean.kind == FrameKind::Tcp) {
        require((packet.payload[13] & wire::TcpUrg) == 0 && loadBe16(packet.payload.data() + 18) == 0);
        require(builder.resetFor(packet).size() == 54);
    } else if (clean.kind == FrameKind::Udp) {
        builder.unreachable(packet, wire::IcmpCodePort);
    } else if (clean.kind == FrameKind::Icmp) {
        builder.echoReply(packet);
    } else if (const auto whole = reassembler.add(packet, {})) {
        sanitiseReassembled(*whole);
    }
}

} // namespace

/// The input is a series of frames, each with its size in two bytes and a flag.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Reassembler reassembler;
    while (size >= 3) {
        const size_t count = std::min<size_t>(loadBe16(data), size - 3);
        std::vector<uint8_t> frame(data + 3, data + 3 + count);
        if (data[2] & 1)
            makePlausible(frame);
        data += 3 + count;
        size -= 3 + count;
        check(frame, sanitise(frame, 1500), reassembler);
    }
    return 0;
}
