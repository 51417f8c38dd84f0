#pragma once

#include "core/base/result.h"
#include "core/model/dnszone.h"
#include "core/model/portmapping.h"

#include <QJsonObject>
#include <QList>
#include <QStringList>

namespace boxgate {

/// What a box may reach. Off at boot removes the interface; off while running cuts it at once.
enum class NetworkMode
{
    Open,
    Allowlist,
    Off
};

/// Which services on the host's loopback a box reaches through host.boxlite.internal.
enum class HostLoopback
{
    Open,
    Ports,
    Off
};

/// What becomes of flows that a changed network would not let in.
enum class ExistingFlows
{
    Keep,
    Close
};

/// Bytes of frames per second below which each direction stays; 0: no limit.
struct RateLimits
{
    /// Less than a frame of the largest kind in some seconds would only look like a broken network.
    static constexpr quint64 Lowest = 1024;

    quint64 sentBytesPerSecond = 0;
    quint64 receivedBytesPerSecond = 0;

    bool operator==(const RateLimits &) const = default;
};

/// The network of one box, as data: what the user wishes.
///
/// One JSON form, in the store, on the control socket and in files:
///
///     {"mode": "open" | "allowlist" | "off",
///      "allow_net": ["PATTERN[:PORT[-PORT]][/tcp|/udp]", ...],
///      "host_loopback": "open" | "ports" | "off", "host_loopback_ports": [5432, ...],
///      "ports": [{"protocol": "tcp" | "udp", "bind": "127.0.0.1", "host_port": 8080, "guest_port": 80},
///      ...], "zones": [{"name": "lab.test", "records": [{"name": "db", "ip": "10.0.0.5"}], "default_ip":
///      ""}, ...], "search_domains": ["local"], "mtu": 1500, "capture": false, "limits":
///      {"sent_bytes_per_second": 0, "received_bytes_per_second": 0}}
///
/// Every field may be left out and then has the default below.
struct NetworkSpec
{
    static constexpr int MaxPorts = 256;
    static constexpr int MaxZones = 64;
    static constexpr int MaxSearchDomains = 6; ///< more do not fit a resolver: resolv.conf(5)
    /// Of the JSON: with the rest of a runner's state it must fit one frame of the control protocol.
    static constexpr qsizetype MaxJsonBytes = 160 * 1024;

    NetworkMode mode = NetworkMode::Open;
    QStringList allowNet; ///< rules as text, PATTERN[:PORT[-PORT]][/tcp|/udp]; an empty list allows nothing
    HostLoopback hostLoopback = HostLoopback::Open;
    QList<quint16> hostLoopbackPorts; ///< with HostLoopback::Ports
    QList<PortMapping> ports;
    QList<DnsZone> zones; ///< fixed while the box runs
    QStringList searchDomains{QStringLiteral("local")}; ///< fixed while the box runs
    int mtu = 1500; ///< bytes, 576..65520; fixed while the box runs
    bool capture = false; ///< while the box runs, its frames are written to its capture file
    RateLimits limits;

    /// Whether the box reaches services on the host's loopback: the condition of the warning.
    bool exposesLoopback() const { return mode != NetworkMode::Off && hostLoopback != HostLoopback::Off; }

    /// Whether it can be enforced. Reading a specification does not check it, so that one that was stored by
    /// another version can still be shown and changed.
    /// Errors   InvalidArgument: the first rule, port, zone, domain or limit that cannot be used, with the
    /// reason
    Result<void> check() const;

    QJsonObject toJson() const;
    /// Refuses unknown fields by name. Accepts the reference's {"mode": "enabled", "allow_net": [...]}:
    /// enabled with a list that is not empty is Allowlist, else Open; disabled is Off.
    static Result<NetworkSpec> fromJson(const QJsonObject &object);

    bool operator==(const NetworkSpec &) const = default;
};

/// "open", "allowlist", "off".
QString toString(NetworkMode mode);
/// Accepts the reference's "enabled" (Open) and "disabled" (Off) too.
Result<NetworkMode> networkModeFromString(const QString &text);
/// "open", "ports", "off".
QString toString(HostLoopback setting);
Result<HostLoopback> hostLoopbackFromString(const QString &text);

} // namespace boxgate
