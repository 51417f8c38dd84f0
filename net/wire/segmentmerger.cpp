#include "net/wire/segmentmerger.h"

#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <cstring>
#include <utility>

namespace boxgate::net {

using namespace wire;

namespace {

constexpr size_t HighestPacket = 65535; ///< RFC 791, total length

bool isMergeable(const Packet &segment)
{
    const bool hasOptions = segment.payload.size() != TcpHeader + segment.data.size();
    return !segment.data.empty() && !hasOptions && (segment.tcpFlags & ~TcpPsh) == TcpAck;
}

uint16_t addOnesComplement(uint16_t a, uint16_t b)
{
    const uint32_t sum = uint32_t(a) + b;
    return uint16_t((sum & 0xffff) + (sum >> 16));
}

/// The checksum that the segment would have without its data.
uint16_t headerChecksum(const Packet &segment)
{
    uint8_t header[TcpHeader];
    std::memcpy(header, segment.payload.data(), sizeof header);
    storeBe16(header + 16, 0);
    uint8_t pseudo[12] = {};
    storeBe32(pseudo, segment.source.value);
    storeBe32(pseudo + 4, segment.destination.value);
    pseudo[9] = ProtocolTcp;
    storeBe16(pseudo + 10, uint16_t(segment.payload.size()));
    return finishChecksum(addToChecksum(addToChecksum(0, pseudo), header));
}

/// The sum of a segment's data, if its checksum is right: that is the complement of header and data.
uint16_t dataSum(const Packet &segment)
{
    const uint16_t whole = uint16_t(~loadBe16(segment.payload.data() + 16));
    return addOnesComplement(whole, headerChecksum(segment));
}

} // namespace

bool SegmentMerger::add(std::span<uint8_t> frame, const Packet &segment)
{
    if (!isMergeable(segment))
        return false;
    if (!m_held) {
        m_held = Merged{frame, segment};
        return true;
    }
    if (!continues(segment))
        return false;
    Packet &held = m_held->segment;
    if (held.frames == 1)
        m_dataSum = dataSum(held);
    m_dataSum = addOnesComplement(m_dataSum, dataSum(segment));
    // flags, acknowledgment and window are the latest; read before the data comes to lie over them
    held.tcpFlags |= segment.tcpFlags;
    held.tcpAcknowledgment = segment.tcpAcknowledgment;
    std::memcpy(held.payload.data() + 8, segment.payload.data() + 8, 4);
    held.payload[13] = held.tcpFlags;
    std::memcpy(held.payload.data() + 14, segment.payload.data() + 14, 2);
    const size_t more = segment.data.size();
    std::memmove(held.data.data() + held.data.size(), segment.data.data(), more);
    held.ip = {held.ip.data(), held.ip.size() + more};
    held.payload = {held.payload.data(), held.payload.size() + more};
    held.data = {held.data.data(), held.data.size() + more};
    held.frames += segment.frames;
    return true;
}

bool SegmentMerger::continues(const Packet &segment) const
{
    const Packet &held = m_held->segment;
    const bool isSameFlow = held.sourcePort == segment.sourcePort
        && held.destinationPort == segment.destinationPort && held.destination == segment.destination;
    const bool isNext = segment.tcpSequence == held.tcpSequence + uint32_t(held.data.size());
    const bool isNewer = int32_t(segment.tcpAcknowledgment - held.tcpAcknowledgment) >= 0;
    const bool isSameService = held.ip[1] == segment.ip[1];
    // a checksum is made of words of two bytes
    const bool isEven = held.data.size() % 2 == 0;
    const bool isBehind = segment.data.data() >= held.data.data() + held.data.size();
    return isSameFlow && isNext && isNewer && isSameService && isEven && isBehind
        && held.ip.size() + segment.data.size() <= HighestPacket;
}

std::optional<SegmentMerger::Merged> SegmentMerger::take()
{
    if (m_held && m_held->segment.frames > 1)
        finish();
    return std::exchange(m_held, std::nullopt);
}

/// Writes the lengths and checksums of the whole.
void SegmentMerger::finish()
{
    const Packet &held = m_held->segment;
    m_held->frame = {m_held->frame.data(), EthernetHeader + held.ip.size()};
    storeBe16(held.ip.data() + 2, uint16_t(held.ip.size()));
    storeBe16(held.ip.data() + 10, 0);
    storeBe16(held.ip.data() + 10, checksum(held.ip.first(Ipv4Header)));
    const uint16_t header = uint16_t(~headerChecksum(held));
    storeBe16(held.payload.data() + 16, uint16_t(~addOnesComplement(header, m_dataSum)));
}

} // namespace boxgate::net
