#pragma once

#include "net/wire/packet.h"

#include <optional>

namespace boxgate::net {

/// Makes one TCP segment of several that follow each other in one connection, so that what comes after is
/// called once for many: libslirp writes to the host's socket and acknowledges for each.
///
/// Only segments with data, ACK and perhaps PSH are merged, in order and without options. The checksum of the
/// whole is derived from those of the parts and never from the data: a part that was wrong makes it wrong.
/// Pure; works in the frames' own memory and allocates nothing.
class SegmentMerger
{
public:
    struct Merged
    {
        std::span<uint8_t> frame; ///< with its Ethernet header
        Packet segment;
    };

    /// Takes a clean segment of the guest as the first one, or because it continues what is held.
    /// frame   without padding; its memory is not to be touched before take(), and lies behind that of the
    ///         segment before
    /// Returns  false when it does neither; then take() what is held before anything else
    bool add(std::span<uint8_t> frame, const Packet &segment);

    /// What is held, if anything is; nothing is afterwards.
    std::optional<Merged> take();

private:
    bool continues(const Packet &segment) const;
    void finish();

    std::optional<Merged> m_held;
    uint16_t m_dataSum = 0; ///< one's complement sum of all data, from the parts' checksums
};

} // namespace boxgate::net
