#pragma once

#include "net/policy/policy.h"
#include "net/report.h"

#include <chrono>
#include <memory>
#include <optional>

namespace boxgate::net {

/// What makes a flow of the box: its protocol, the guest's port and the other end, before any address
/// translation.
struct FlowKey
{
    Transport transport = Transport::Tcp;
    uint16_t guestPort = 0;
    Ipv4 remote;
    uint16_t remotePort = 0;

    bool operator==(const FlowKey &) const = default;
};

struct Destination;
struct HeldHello;

/// One TCP connection or UDP exchange of the box. Its verdict is fixed when it is made.
struct Flow
{
    using Clock = std::chrono::steady_clock;

    Flow();
    ~Flow();

    FlowKey key;
    uint64_t id = 0; ///< given by the ledger
    Direction direction = Direction::Outbound;
    Verdict verdict;
    std::string rule; ///< the text of verdict.rule: the number means something in its own policy only
    std::string name; ///< of the remote; empty when it is not known
    NameSource nameSource = NameSource::None;
    Destination *destination = nullptr; ///< in the ledger; null for what it does not list
    int socket = -1; ///< the host's socket that carries it; -1 before it is opened and after it is closed
    bool isFinished = false; ///< told the ledger; the stack may linger over it (TIME_WAIT)
    Traffic traffic;
    Traffic settled; ///< the part of it that its destination has been told of
    Clock::time_point firstActivity;
    Clock::time_point lastActivity;

    // TCP only.
    bool isEstablished = false; ///< the other end answered the SYN
    bool isHalfOpen = false; ///< counted among the attempts that nobody has answered yet
    bool isCounted = false; ///< among the connections that are open
    bool guestFinished = false; ///< the stack has acknowledged a FIN of the guest
    std::optional<uint32_t> guestEnd; ///< sequence number that follows the FIN that the guest has sent
    bool remoteFinished = false;
    uint32_t guestNext = 0; ///< sequence number that follows what the guest has sent
    uint32_t remoteNext = 0; ///< the same for what was sent to the guest
    uint32_t stackNext = 0; ///< what the stack has acknowledged to the guest
    uint32_t heldSegments = 0; ///< sent out of order since then, so that the stack may hold them
    bool isNameService = false; ///< led to our own DNS server, whatever address it asked for
    bool hasSpoken = false; ///< the guest has sent data
    std::unique_ptr<HeldHello> held; ///< its first bytes, while they are being looked at

    uint16_t hostPort = 0; ///< inbound: of the port map that it came through

    // Inbound UDP only: the client of the port map behind key.remote.
    Ipv4 client;
    Ipv4 local; ///< the host's address that the client sent to
    int listener = -1; ///< the port map's socket, which carries all its flows

    bool isOver() const { return guestFinished && remoteFinished; }

    void countSent(size_t bytes, Clock::time_point now, uint32_t packets = 1)
    {
        traffic.bytesSent += bytes;
        traffic.packetsSent += packets;
        lastActivity = now;
    }
    void countReceived(size_t bytes, Clock::time_point now)
    {
        traffic.bytesReceived += bytes;
        ++traffic.packetsReceived;
        lastActivity = now;
    }
};

} // namespace boxgate::net

template <> struct std::hash<boxgate::net::FlowKey>
{
    size_t operator()(const boxgate::net::FlowKey &key) const noexcept
    {
        uint64_t value = uint64_t(key.remote.value) << 32 | uint64_t(key.guestPort) << 16 | key.remotePort;
        value ^= uint64_t(key.transport) * 0x9e3779b97f4a7c15u;
        // the finalizer of SplitMix64: remote and ports differ in few bits
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
        value = (value ^ value >> 27) * 0x94d049bb133111ebu;
        return size_t(value ^ value >> 31);
    }
};
