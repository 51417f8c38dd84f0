#pragma once

#include "net/policy/allowrule.h"
#include "net/policy/verdict.h"

#include <cstdint>
#include <string>
#include <vector>

/// What the engine tells about its work, as values. Times are Unix milliseconds; bytes are those of Ethernet
/// frames with their headers; directions are the box's: sent = from the box.
namespace boxgate::net {

/// Who began a flow.
enum class Direction
{
    Outbound, ///< the box
    Inbound ///< a client of one of its port maps
};

/// Where the name of a destination came from.
enum class NameSource
{
    None,
    Dns, ///< an answer of the box's resolver named the address
    Sni, ///< the server name of a TLS hello
    Host ///< the Host header of an HTTP request
};

/// What passed each way.
struct Traffic
{
    uint64_t bytesSent = 0;
    uint64_t bytesReceived = 0;
    uint64_t packetsSent = 0;
    uint64_t packetsReceived = 0;

    bool operator==(const Traffic &) const = default;
};

/// One connection or UDP exchange that the gate let in.
struct FlowReport
{
    uint64_t id = 0; ///< never used again while the engine lives
    Transport transport = Transport::Tcp;
    Direction direction = Direction::Outbound;
    uint16_t guestPort = 0;
    Ipv4 remote;
    uint16_t remotePort = 0;
    Reason reason = Reason::OpenMode;
    std::string rule; ///< its text; empty unless the reason is a rule
    std::string name; ///< of the remote; empty when it is not known
    NameSource nameSource = NameSource::None;
    Traffic traffic;
    bool isEstablished = false; ///< the other side answered
    int64_t begun = 0;
    int64_t lastActivity = 0;
};

/// All flows to one name or address, port and protocol since the engine's start, the ended ones too.
struct DestinationReport
{
    Transport transport = Transport::Tcp;
    Direction direction = Direction::Outbound;
    Ipv4 remote; ///< the address used last, where name is not empty
    uint16_t port = 0; ///< of the remote; inbound: of the guest
    Reason reason = Reason::OpenMode; ///< the last flow's
    std::string rule;
    std::string name;
    NameSource nameSource = NameSource::None;
    uint64_t flows = 0;
    uint64_t openFlows = 0;
    Traffic traffic;
    int64_t firstSeen = 0;
    int64_t lastSeen = 0;
};

/// Attempts that the gate blocked, one entry per destination, port, protocol and reason.
struct BlockedReport
{
    Transport transport = Transport::Any; ///< Any: the frame had none, or was not one that is carried
    Ipv4 remote;
    uint16_t port = 0;
    Reason reason = Reason::NoRule;
    std::string name; ///< the best known; the one in the hello for Reason::ForeignName
    std::string detail; ///< what is wrong with the frame, for Reason::BadFrame
    uint64_t count = 0; ///< frames
    int64_t firstSeen = 0;
    int64_t lastSeen = 0;
};

/// How a question of the box was answered.
enum class DnsOutcome
{
    Zone, ///< by a zone
    Answered, ///< by the host's hosts file or resolvers
    Refused, ///< by the policy, without asking outside
    Failed ///< the resolvers did not answer, or with an error
};

struct DnsReport
{
    int64_t at = 0;
    std::string name;
    uint16_t type = 0; ///< 1 is A
    DnsOutcome outcome = DnsOutcome::Answered;
    uint8_t code = 0; ///< the response code that the box got
    std::vector<Ipv4> addresses; ///< at most 8
    uint64_t removedAddresses = 0; ///< stripped: rebinding
};

/// How one rule of the allowlist is used.
struct RuleReport
{
    std::string text;
    uint64_t hits = 0; ///< flows let in, since the engine's start or the rule's addition
    int64_t lastUse = 0; ///< 0: never
    std::string lastDnsError; ///< empty: none; of a name rule's last failed question
    int64_t lastDnsErrorAt = 0;
};

/// Something that a person may want to read about, in the order in which it happened.
struct Event
{
    enum class Kind
    {
        FlowBegun,
        FlowEnded,
        Blocked, ///< the first of its entry, then at most one per second with the count since
        Dns,
        PolicyChanged
    };

    uint64_t sequence = 0; ///< from 1, without gaps
    int64_t at = 0;
    Kind kind = Kind::FlowBegun;
    Transport transport = Transport::Any;
    Direction direction = Direction::Outbound;
    Ipv4 remote;
    uint16_t port = 0;
    Reason reason = Reason::OpenMode;
    std::string rule;
    std::string name;
    NameSource nameSource = NameSource::None;
    std::string detail; ///< Blocked: what is wrong with the frame
    Traffic traffic; ///< FlowEnded
    uint64_t count = 0; ///< Blocked: frames since the last such event
    DnsOutcome outcome = DnsOutcome::Answered; ///< Dns
    uint16_t dnsType = 0; ///< Dns: what was asked for; 1 is A
};

struct EventBatch
{
    std::vector<Event> events; ///< oldest first
    uint64_t lost = 0; ///< events after the asked one that were thrown away already
};

/// What the gate would say about a destination right now.
struct TestReport
{
    bool isAllowed = false;
    Reason reason = Reason::NoRule;
    std::string rule;
    std::string name; ///< the name asked about, or the pinned one that lets an address in
    std::vector<Ipv4> addresses; ///< that the name is pinned to; empty for one that was not resolved yet
    Transport transport = Transport::Tcp;
    uint16_t port = 0; ///< 0: none was given; then some port decides
    std::string nextStep; ///< what would change it; empty when it is allowed
};

/// A port of the host that leads into the box.
struct PortMap
{
    Transport transport = Transport::Tcp; ///< Tcp or Udp
    Ipv4 bindAddress = Ipv4::of(127, 0, 0, 1);
    uint16_t hostPort = 0; ///< 0: the system chooses
    uint16_t guestPort = 0;

    bool operator==(const PortMap &) const = default;
};

struct PortReport
{
    PortMap map; ///< hostPort as it is, also when the system chose it
    uint64_t openFlows = 0;
};

/// What passed to and from one destination since the last take.
struct DestinationTotal
{
    Transport transport = Transport::Tcp;
    Direction direction = Direction::Outbound;
    std::string destination; ///< its name, or its address
    uint16_t port = 0;
    Traffic traffic;
    uint64_t flows = 0; ///< begun
    uint64_t blocked = 0; ///< frames
};

struct CaptureReport
{
    bool isOn = false;
    uint64_t bytes = 0; ///< written to the file
    uint64_t packets = 0;
    uint64_t dropped = 0; ///< not written: the writer was too slow
    bool isFull = false; ///< ended by itself at its limit
    std::string error; ///< ended by itself because writing failed
};

} // namespace boxgate::net
