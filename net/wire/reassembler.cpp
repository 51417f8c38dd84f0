#include "net/wire/reassembler.h"

#include "net/wire/byteorder.h"
#include "net/wire/checksum.h"
#include "net/wire/headers.h"

#include <algorithm>
#include <cstring>

namespace boxgate::net {

using namespace wire;

Reassembler::Context &Reassembler::contextOf(const Packet &fragment, Clock::time_point now)
{
    std::erase_if(m_contexts, [&](const Context &context) { return now - context.started > Lifetime; });
    const uint16_t id = loadBe16(fragment.ip.data() + 4);
    const auto known = std::ranges::find_if(m_contexts, [&](const Context &context) {
        return context.id == id && context.destination == fragment.destination;
    });
    if (known != m_contexts.end())
        return *known;
    if (m_contexts.size() >= MaxContexts)
        m_contexts.erase(std::ranges::min_element(m_contexts, {}, &Context::started));
    Context &context = m_contexts.emplace_back();
    context.id = id;
    context.destination = fragment.destination;
    context.started = now;
    context.packet.resize(Ipv4Header);
    return context;
}

void Reassembler::forget(const Context &context)
{
    m_contexts.erase(m_contexts.begin() + (&context - m_contexts.data()));
}

std::optional<std::span<uint8_t>> Reassembler::add(const Packet &fragment, Clock::time_point now)
{
    Context &context = contextOf(fragment, now);
    const uint16_t field = loadBe16(fragment.ip.data() + 6);
    const uint32_t begin = uint32_t(field & FragmentOffsetMask) * 8;
    const uint32_t end = begin + uint32_t(fragment.payload.size());
    const bool isLast = !(field & MoreFragments);

    const bool overlaps = std::ranges::any_of(
        context.pieces, [&](const Piece &piece) { return begin < piece.end && piece.begin < end; });
    const bool contradicts = (isLast && context.total && *context.total != end)
        || (context.total && end > *context.total)
        || (isLast
            && std::ranges::any_of(context.pieces, [&](const Piece &piece) { return piece.end > end; }));
    if (overlaps || contradicts) {
        forget(context);
        return std::nullopt;
    }
    context.packet.resize(std::max<size_t>(context.packet.size(), Ipv4Header + end));
    std::memcpy(context.packet.data() + Ipv4Header + begin, fragment.payload.data(), fragment.payload.size());
    context.pieces.push_back({begin, end});
    context.received += end - begin;
    if (isLast)
        context.total = end;
    if (begin == 0) {
        std::memcpy(context.packet.data(), fragment.ip.data(), Ipv4Header);
        context.hasFirst = true;
    }
    if (!context.hasFirst || !context.total || context.received != *context.total)
        return std::nullopt;

    m_complete = std::move(context.packet);
    forget(context);
    storeBe16(m_complete.data() + 2, uint16_t(m_complete.size()));
    storeBe16(m_complete.data() + 6, 0);
    storeBe16(m_complete.data() + 10, 0);
    storeBe16(m_complete.data() + 10, checksum(std::span(m_complete).first(Ipv4Header)));
    return std::span<uint8_t>(m_complete);
}

} // namespace boxgate::net
