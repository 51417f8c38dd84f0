#include "net/capture/blockring.h"

#include <algorithm>

namespace boxgate::net {

namespace {

/// The first start of the memory at or after a position.
uint64_t startAfter(uint64_t position)
{
    return (position + BlockRing::Capacity - 1) / BlockRing::Capacity * BlockRing::Capacity;
}

} // namespace

BlockRing::BlockRing()
    : m_bytes(std::make_unique_for_overwrite<uint8_t[]>(Capacity))
{ }

std::span<uint8_t> BlockRing::room(size_t size)
{
    const uint64_t head = m_head.load(std::memory_order_relaxed);
    const uint64_t start = startAfter(head);
    const bool isSkipping = start != head && size > start - head;
    const uint64_t begin = isSkipping ? start : head;
    if (begin + size - m_tail.load(std::memory_order_acquire) > Capacity)
        return {};
    if (isSkipping)
        m_skip.store(head, std::memory_order_relaxed);
    m_next = begin + size;
    return {m_bytes.get() + begin % Capacity, size};
}

void BlockRing::publish() { m_head.store(m_next); }

std::span<const uint8_t> BlockRing::published()
{
    const uint64_t head = m_head.load(std::memory_order_acquire);
    const uint64_t skip = m_skip.load(std::memory_order_relaxed); // may be newer than head: then it is above
    uint64_t tail = m_tail.load(std::memory_order_relaxed);
    if (tail == skip && tail < head) {
        tail = startAfter(tail);
        m_tail.store(tail, std::memory_order_release);
    }
    uint64_t end = std::min(head, startAfter(tail + 1));
    if (skip > tail)
        end = std::min(end, skip);
    return {m_bytes.get() + tail % Capacity, size_t(end - tail)};
}

void BlockRing::release(size_t bytes)
{
    m_tail.store(m_tail.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}

} // namespace boxgate::net
