#pragma once

#include "core/base/result.h"
#include "core/model/portmapping.h"

#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QMetaType>
#include <QStringList>

#include <optional>

/// What a box's gate tells about its work: the model's side of net/report.h, with the same meanings. Every
/// value has toJson() and a strict fromJson(); words in JSON are lower case with dashes ("address-rule"),
/// times are Unix milliseconds.
namespace boxgate {

/// Who began a flow.
enum class FlowDirection
{
    Outbound, ///< the box
    Inbound ///< a client of one of its port maps
};

/// Where the name of a destination came from.
enum class NameOrigin
{
    None,
    Dns,
    Sni,
    Host
};

/// Why the gate let something pass or not. The same as net::Reason.
enum class GateReason
{
    OpenMode,
    HostAlias,
    AddressRule,
    NameRule,
    OffMode,
    AlwaysBlocked,
    HostAliasClosed,
    NameService,
    NoRule,
    PortMap,
    Gateway,
    ForeignName,
    NoName,
    TooMany,
    BadFrame
};

/// "open-mode", "name-rule", ...
QString toString(GateReason reason);
/// What a person reads: "no rule allows it", "the host loopback setting is off", ...
QString explain(GateReason reason);
bool isAllowed(GateReason reason);
std::optional<GateReason> gateReasonFromString(const QString &word);

struct NetTraffic
{
    quint64 bytesSent = 0;
    quint64 bytesReceived = 0;
    quint64 packetsSent = 0;
    quint64 packetsReceived = 0;

    bool operator==(const NetTraffic &) const = default;
};

/// The other end of what the gate reports on.
struct NetPeer
{
    QString protocol; ///< "tcp", "udp"; empty for a frame that had none
    FlowDirection direction = FlowDirection::Outbound;
    QString address; ///< IPv4; empty: not known, or in a sum of several
    quint16 port = 0; ///< of the remote; in a destination that is inbound, of the guest
    QString name; ///< empty: not known
    NameOrigin nameOrigin = NameOrigin::None;

    /// "api.example.com:443", "192.0.2.7:53/udp".
    QString label() const;
    bool operator==(const NetPeer &) const = default;
};

struct NetFlow
{
    quint64 id = 0;
    NetPeer peer;
    quint16 guestPort = 0;
    GateReason reason = GateReason::OpenMode;
    QString rule; ///< empty unless the reason is a rule
    NetTraffic traffic;
    bool established = false;
    QDateTime begun; ///< UTC, as all times here
    QDateTime lastActivity;

    QJsonObject toJson() const;
    static Result<NetFlow> fromJson(const QJsonObject &object);
    bool operator==(const NetFlow &) const = default;
};

struct NetDestination
{
    NetPeer peer;
    GateReason reason = GateReason::OpenMode;
    QString rule;
    quint64 flows = 0;
    quint64 openFlows = 0;
    NetTraffic traffic;
    QDateTime firstSeen;
    QDateTime lastSeen;

    QJsonObject toJson() const;
    static Result<NetDestination> fromJson(const QJsonObject &object);
    bool operator==(const NetDestination &) const = default;
};

struct NetBlocked
{
    NetPeer peer;
    GateReason reason = GateReason::NoRule;
    QString detail; ///< what is wrong with the frame, for GateReason::BadFrame
    quint64 count = 0; ///< frames
    QDateTime firstSeen;
    QDateTime lastSeen;

    QJsonObject toJson() const;
    static Result<NetBlocked> fromJson(const QJsonObject &object);
    bool operator==(const NetBlocked &) const = default;
};

enum class DnsResult
{
    Zone,
    Answered,
    Refused,
    Failed
};

/// "zone", "answered", "refused", "failed".
QString toString(DnsResult result);

struct NetDnsQuestion
{
    QDateTime at;
    QString name;
    int type = 1; ///< 1 is A
    DnsResult result = DnsResult::Answered;
    int code = 0; ///< response code
    QStringList addresses;
    quint64 removedAddresses = 0;

    QJsonObject toJson() const;
    static Result<NetDnsQuestion> fromJson(const QJsonObject &object);
    bool operator==(const NetDnsQuestion &) const = default;
};

/// "A", "AAAA", "TXT", ..., "TYPE65280".
QString dnsTypeName(int type);

struct NetRuleUse
{
    QString rule;
    quint64 hits = 0;
    QDateTime lastUse; ///< null: never
    QString lastDnsError; ///< empty: none
    QDateTime lastDnsErrorAt;

    QJsonObject toJson() const;
    static Result<NetRuleUse> fromJson(const QJsonObject &object);
    bool operator==(const NetRuleUse &) const = default;
};

struct NetEvent
{
    enum class Kind
    {
        FlowBegun,
        FlowEnded,
        Blocked,
        Dns,
        PolicyChanged
    };

    quint64 sequence = 0;
    QDateTime at;
    Kind kind = Kind::FlowBegun;
    NetPeer peer; ///< the name asked for with Dns
    GateReason reason = GateReason::OpenMode;
    QString rule;
    NetTraffic traffic; ///< FlowEnded
    QString detail; ///< Blocked: what is wrong with the frame
    quint64 count = 0; ///< Blocked: frames since the last such event
    DnsResult result = DnsResult::Answered; ///< Dns
    QString dnsType; ///< Dns: what was asked for, as dnsTypeName() writes it; else empty

    QJsonObject toJson() const;
    static Result<NetEvent> fromJson(const QJsonObject &object);
    bool operator==(const NetEvent &) const = default;
};

/// "flow-begun", "flow-ended", "blocked", "dns", "policy-changed".
QString toString(NetEvent::Kind kind);

/// Part of the gate's events, oldest first.
struct NetEventBatch
{
    QList<NetEvent> events;
    quint64 lost = 0; ///< events before these that were thrown away before anybody asked

    QJsonObject toJson() const;
    static Result<NetEventBatch> fromJson(const QJsonObject &object);
    bool operator==(const NetEventBatch &) const = default;
};

struct NetTest
{
    bool allowed = false;
    GateReason reason = GateReason::NoRule;
    QString rule;
    QString name;
    QStringList addresses;
    QString protocol; ///< "tcp", "udp"
    quint16 port = 0;
    QString nextStep;

    QJsonObject toJson() const;
    static Result<NetTest> fromJson(const QJsonObject &object);
    bool operator==(const NetTest &) const = default;
};

/// A port map as it is open now.
struct NetPort
{
    PortMapping map; ///< hostPort as it is, also when the system chose it
    quint64 openFlows = 0;

    QJsonObject toJson() const;
    static Result<NetPort> fromJson(const QJsonObject &object);
    bool operator==(const NetPort &) const = default;
};

struct NetCapture
{
    bool on = false;
    QString file; ///< on the host
    quint64 bytes = 0;
    quint64 packets = 0;
    quint64 dropped = 0;
    bool full = false; ///< ended by itself at its limit
    QString error;

    QJsonObject toJson() const;
    static Result<NetCapture> fromJson(const QJsonObject &object);
    bool operator==(const NetCapture &) const = default;
};

/// One minute of one destination, as the history keeps it for 30 days. What was too much for its minute is in
/// one entry without protocol, address, port and name.
struct NetMinute
{
    qint64 minute = 0; ///< Unix time of its begin, in s
    NetPeer peer; ///< address empty when the name is known
    NetTraffic traffic;
    quint64 flows = 0; ///< begun
    quint64 blocked = 0; ///< frames

    QJsonObject toJson() const;
    static Result<NetMinute> fromJson(const QJsonObject &object);
    bool operator==(const NetMinute &) const = default;
};

} // namespace boxgate
