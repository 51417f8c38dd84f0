#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace boxgate::net {

/// Blocks of bytes on their way from one thread to another, each in one piece; neither thread waits.
///
/// The producer asks for room(), fills it and publishes it. The consumer takes what is published() and
/// releases it from the front. A block that does not fit before the end of the memory begins at its start,
/// and what is left at the end is skipped.
class BlockRing
{
public:
    static constexpr size_t Capacity = 8 * 1024 * 1024;

    BlockRing();

    /// Producer. Where to write the next block; empty when there is no room.
    /// size   1..Capacity / 2: the most that always fits when nothing is queued
    std::span<uint8_t> room(size_t size);
    /// Producer. Hands over what room() gave last. Sequentially consistent, so that a producer that then
    /// reads "the consumer sleeps" and a consumer that says so and then reads queued() cannot miss each
    /// other.
    void publish();

    /// Either. Bytes published and not released yet, with those skipped.
    size_t queued() const { return size_t(m_head.load() - m_tail.load()); }

    /// Consumer. The oldest blocks that lie in one piece, whole ones; empty when there are none.
    std::span<const uint8_t> published();
    /// Consumer. Gives bytes of published() back.
    void release(size_t bytes);

private:
    static constexpr size_t CacheLine = 64; ///< bytes; keeps the two threads' positions apart

    std::unique_ptr<uint8_t[]> m_bytes;
    // Positions count up for ever; modulo Capacity they are places.
    alignas(CacheLine) std::atomic<uint64_t> m_head = 0; ///< end of the last block
    /// Where the producer last went on to the start of the memory. It can do so again only once the consumer
    /// has passed it: two of them are never needed.
    std::atomic<uint64_t> m_skip = 0;
    uint64_t m_next = 0; ///< end of the block that is being written
    alignas(CacheLine) std::atomic<uint64_t> m_tail = 0; ///< begin of the first block that is not released
};

} // namespace boxgate::net
