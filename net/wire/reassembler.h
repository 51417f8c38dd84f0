#pragma once

#include "net/wire/packet.h"

#include <chrono>
#include <optional>
#include <vector>

namespace boxgate::net {

/// Puts UDP datagrams of the guest together from their fragments, so that the gate judges whole datagrams
/// only.
///
/// Bounded: MaxContexts datagrams at once, 64 KiB each, Lifetime each; the oldest gives way. Fragments that
/// overlap end their datagram, since an honest stack never sends them (RFC 5722 says the same for IPv6). Net
/// thread; no I/O.
class Reassembler
{
public:
    using Clock = std::chrono::steady_clock;
    static constexpr size_t MaxContexts = 64;
    static constexpr std::chrono::seconds Lifetime{5};

    /// Takes one clean fragment.
    /// Returns  the whole IPv4 packet with its first fragment's header, unfragmented; it lives until the next
    /// call
    std::optional<std::span<uint8_t>> add(const Packet &fragment, Clock::time_point now);

    size_t contexts() const { return m_contexts.size(); }

private:
    struct Piece
    {
        uint32_t begin;
        uint32_t end;
    };
    struct Context
    {
        uint16_t id = 0;
        Ipv4 destination;
        Clock::time_point started;
        std::vector<uint8_t> packet; ///< header, then the payload as far as it is known
        std::vector<Piece> pieces; ///< received parts of the payload
        uint32_t received = 0;
        std::optional<uint32_t> total; ///< known from the last fragment
        bool hasFirst = false;
    };

    Context &contextOf(const Packet &fragment, Clock::time_point now);
    void forget(const Context &context);

    std::vector<Context> m_contexts;
    std::vector<uint8_t> m_complete;
};

} // namespace boxgate::net
