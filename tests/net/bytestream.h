#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace boxgate::test {

/// A hash over 64-bit words that depends on their order, fast enough for gigabytes: FNV-1a's mixing, a word
/// at a time. It guards against accidents, not against adversaries.
class StreamDigest
{
public:
    /// Every part but the last must have a length that is a multiple of 8.
    void add(std::span<const uint8_t> data);
    uint64_t bytes() const { return m_bytes; }

    bool operator==(const StreamDigest &) const = default;

private:
    uint64_t m_state = 0xcbf29ce484222325u;
    uint64_t m_bytes = 0;
};

/// A stream of bytes without an end that differs at every place.
class StreamSource
{
public:
    static constexpr size_t ChunkBytes = 64 * 1024;

    /// seed   gives another stream
    explicit StreamSource(uint64_t seed);

    /// What is left of the current chunk; begins the next one when nothing is.
    std::span<const uint8_t> front();
    void take(size_t bytes) { m_taken += bytes; }
    bool isWithinChunk() const { return m_taken < ChunkBytes; }

    /// Of all chunks that have begun.
    const StreamDigest &digest() const { return m_digest; }

private:
    std::vector<uint64_t> m_words;
    size_t m_taken = ChunkBytes; ///< of the chunk
    uint64_t m_next; ///< index of the next chunk's first word
    StreamDigest m_digest;
};

/// Sends the first `bytes` bytes of a stream and shuts the socket down for writing.
/// bytes   a multiple of StreamSource::ChunkBytes
/// Returns  the digest of what was sent; an empty one when the other side went away
StreamDigest sendStream(int socket, uint64_t bytes, uint64_t seed);

/// Reads a stream to its end. Returns  the digest of what came
StreamDigest receiveStream(int socket);

} // namespace boxgate::test
