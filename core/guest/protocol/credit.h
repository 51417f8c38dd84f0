#pragma once

#include "core/guest/protocol/protocol.h"

#include <algorithm>

namespace boxgate::guest {

/// The sending end of one channel's credit: how much may still be sent.
class SendWindow
{
public:
    std::uint32_t available() const { return m_available; }

    /// The caller sends at most available().
    void spend(std::uint32_t bytes) { m_available -= std::min(bytes, m_available); }

    /// Returns false when the receiver returns more than was ever sent: a protocol error.
    bool refill(std::uint32_t bytes)
    {
        if (bytes > InitialCredit - m_available)
            return false;
        m_available += bytes;
        return true;
    }

private:
    std::uint32_t m_available = InitialCredit;
};

/// The receiving end: checks that the sender keeps to its credit, and gathers what to return so that not
/// every small piece costs a frame.
class ReceiveWindow
{
public:
    /// Returns false when the sender had no credit for these bytes: a protocol error.
    bool receive(std::size_t bytes)
    {
        if (bytes > InitialCredit - m_held)
            return false;
        m_held += static_cast<std::uint32_t>(bytes);
        return true;
    }

    /// Says that bytes were passed on. Returns the credit to send now, or 0 while it is below ReturnStep.
    std::uint32_t passOn(std::size_t bytes)
    {
        m_passedOn += std::min(static_cast<std::uint32_t>(bytes), m_held - m_passedOn);
        if (m_passedOn < ReturnStep)
            return 0;
        const std::uint32_t returned = m_passedOn;
        m_held -= returned;
        m_passedOn = 0;
        return returned;
    }

    /// A quarter of the window: the sender never waits for the last bytes of one, and returns are rare.
    static constexpr std::uint32_t ReturnStep = InitialCredit / 4;

private:
    /// Received and not yet returned as credit; m_passedOn of them are passed on.
    std::uint32_t m_held = 0;
    std::uint32_t m_passedOn = 0;
};

} // namespace boxgate::guest
