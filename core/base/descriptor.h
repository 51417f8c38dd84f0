#pragma once

#include "core/base/result.h"

#include <utility>

namespace boxgate {

/// Owns one file descriptor and closes it. Move only; -1 is none.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int number)
        : m_number(number)
    { }
    Descriptor(Descriptor &&other) noexcept
        : m_number(std::exchange(other.m_number, -1))
    { }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(m_number, other.m_number);
        return *this;
    }
    ~Descriptor() { close(); }

    bool isValid() const { return m_number >= 0; }
    int number() const { return m_number; }
    /// Hands the descriptor to the caller, who closes it.
    int take() { return std::exchange(m_number, -1); }
    void close();

private:
    int m_number = -1;
};

/// Two connected stream sockets, both close-on-exec.
struct SocketPair
{
    Descriptor ours; ///< non-blocking
    Descriptor theirs; ///< blocking, for a child process

    /// Errors   Io: no descriptor left
    static Result<SocketPair> create();
};

} // namespace boxgate
