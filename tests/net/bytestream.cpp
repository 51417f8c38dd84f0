#include "tests/net/bytestream.h"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>

namespace boxgate::test {

namespace {

/// SplitMix64's finalizer of the word's place in the stream.
uint64_t wordAt(uint64_t index)
{
    uint64_t value = index * 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

} // namespace

void StreamDigest::add(std::span<const uint8_t> data)
{
    for (size_t at = 0; at < data.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, data.data() + at, std::min(sizeof word, data.size() - at));
        m_state = (m_state ^ word) * 0x100000001b3u;
        m_state ^= m_state >> 32;
    }
    m_bytes += data.size();
}

StreamSource::StreamSource(uint64_t seed)
    : m_words(ChunkBytes / sizeof(uint64_t))
    , m_next(seed << 40)
{ }

std::span<const uint8_t> StreamSource::front()
{
    const std::span<const uint8_t> chunk(reinterpret_cast<const uint8_t *>(m_words.data()), ChunkBytes);
    if (!isWithinChunk()) {
        for (uint64_t &word : m_words)
            word = wordAt(m_next++);
        m_digest.add(chunk);
        m_taken = 0;
    }
    return chunk.subspan(m_taken);
}

StreamDigest sendStream(int socket, uint64_t bytes, uint64_t seed)
{
    StreamSource source(seed);
    while (source.digest().bytes() < bytes || source.isWithinChunk()) {
        const auto data = source.front();
        const ssize_t count = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
        if (count <= 0)
            return {};
        source.take(size_t(count));
    }
    ::shutdown(socket, SHUT_WR);
    return source.digest();
}

StreamDigest receiveStream(int socket)
{
    StreamDigest digest;
    std::vector<uint8_t> buffer(StreamSource::ChunkBytes);
    for (ssize_t count; (count = ::recv(socket, buffer.data(), buffer.size(), MSG_WAITALL)) > 0;)
        digest.add({buffer.data(), size_t(count)});
    return digest;
}

} // namespace boxgate::test
