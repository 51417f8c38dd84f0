#pragma once

#include "net/report.h"

#include <cstdint>
#include <string>
#include <vector>

namespace boxgate::net {

/// What a box may reach. Off carries nothing at all, not even ARP.
enum class Mode
{
    Open,
    Allowlist,
    Off
};

/// Which services on the host's loopback the box reaches through 192.168.127.254.
enum class HostAlias
{
    Open,
    Ports,
    Off
};

/// Everything about a box's network that can change while it runs.
struct PolicyConfig
{
    Mode mode = Mode::Open;
    /// `PATTERN[:PORT[-PORT]][/tcp|/udp]`, read with Mode::Allowlist only but always checked; an empty list
    /// allows nothing.
    std::vector<std::string> rules;
    HostAlias hostAlias = HostAlias::Open; ///< not governed by the rules
    std::vector<uint16_t> hostAliasPorts; ///< with HostAlias::Ports; TCP and UDP

    bool operator==(const PolicyConfig &) const = default;
};

/// One name in a zone. The name is a label (or labels) below the zone; empty is the zone itself.
struct ZoneRecord
{
    std::string name;
    std::string ip; ///< IPv4

    bool operator==(const ZoneRecord &) const = default;
};

/// Names that the box's DNS answers by itself. The built-in zone `boxlite.internal` (host -> 192.168.127.254)
/// comes first and cannot be replaced.
struct Zone
{
    std::string name; ///< with or without the trailing dot
    std::vector<ZoneRecord> records;
    std::string defaultIp; ///< IPv4 for every other name of the zone; empty: those do not exist (NXDOMAIN)

    bool operator==(const Zone &) const = default;
};

/// Bytes of frames per second below which each direction stays; 0: no limit.
struct RateLimits
{
    uint64_t sent = 0;
    uint64_t received = 0;

    bool operator==(const RateLimits &) const = default;
};

/// What an engine is started with.
struct EngineConfig
{
    static constexpr int LowestMtu = 576;
    static constexpr int HighestMtu = 65520; ///< libslirp takes at most 65521

    int mtu = 1500; ///< bytes of an IP packet, LowestMtu..HighestMtu
    PolicyConfig policy;
    std::vector<Zone> zones;
    std::vector<std::string> searchDomains{"local"}; ///< what DHCP tells the guest
    std::vector<PortMap> ports; ///< all of them, or the start fails
    RateLimits limits;
    /// Resolvers to ask instead of the host's, as "address[:port]". Empty: the host's hosts file and
    /// /etc/resolv.conf.
    std::vector<std::string> dnsServers;
};

/// Running totals since the engine started. Directions are the box's: sent = from the box. Bytes are those of
/// Ethernet frames with their headers.
struct Counters
{
    uint64_t bytesSent = 0;
    uint64_t bytesReceived = 0;
    uint64_t packetsSent = 0;
    uint64_t packetsReceived = 0;
    uint64_t packetsBlocked =
        0; ///< frames of the box that were dropped or refused, and datagrams to it that were dropped
    uint64_t tcpEstablished = 0; ///< outbound connections whose other side answered
    uint64_t tcpFailed = 0; ///< allowed attempts that the other side or the host refused
    uint64_t tcpOpen = 0; ///< connections open now
};

/// What passed in one second of wall-clock time.
struct Sample
{
    int64_t second = 0; ///< Unix time of its begin
    uint64_t bytesSent = 0;
    uint64_t bytesReceived = 0;
    uint64_t packetsBlocked = 0;
};

} // namespace boxgate::net
