#pragma once

#include <QByteArray>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace boxgate {

/// Hands pieces of a stream from one thread to another, and holds a bounded number of them.
/// Thread: one gives, one takes; end() is the giver's, close() the taker's.
template <typename T> class ChunkQueue
{
public:
    explicit ChunkQueue(std::size_t capacity)
        : m_capacity(capacity)
    { }

    /// Waits for room. false: nobody takes any more.
    bool give(T chunk)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_closed || m_chunks.size() < m_capacity; });
        if (m_closed)
            return false;
        m_chunks.push_back(std::move(chunk));
        m_changed.notify_all();
        return true;
    }

    /// Waits for a chunk. nullopt: there will be no more.
    std::optional<T> take()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_ended || m_closed || !m_chunks.empty(); });
        if (m_chunks.empty() || m_closed)
            return std::nullopt;
        T chunk = std::move(m_chunks.front());
        m_chunks.pop_front();
        m_changed.notify_all();
        return chunk;
    }

    void end() { raise(m_ended); }
    void close() { raise(m_closed); }

private:
    void raise(bool &flag)
    {
        const std::lock_guard lock(m_mutex);
        flag = true;
        m_changed.notify_all();
    }

    const std::size_t m_capacity;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<T> m_chunks;
    bool m_ended = false;
    bool m_closed = false;
};

} // namespace boxgate
