#pragma once

#include "core/base/result.h"
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

/// The network of one box, as data: what the user wishes.
struct NetworkSpec
{
    NetworkMode mode = NetworkMode::Open;
    QStringList allowNet; ///< rules as text, PATTERN[:PORT[-PORT]][/tcp|/udp]; an empty list allows nothing
    HostLoopback hostLoopback = HostLoopback::Open;
    QList<quint16> hostLoopbackPorts; ///< with HostLoopback::Ports
    QList<PortMapping> ports;
    int mtu = 1500; ///< bytes, 576..65520

    /// Whether the box reaches services on the host's loopback: the condition of the warning.
    bool exposesLoopback() const { return mode != NetworkMode::Off && hostLoopback != HostLoopback::Off; }

    /// Whether it can be enforced. Reading a specification does not check it, so that one that was stored by
    /// another version can still be shown and changed.
    /// Errors   InvalidArgument: the first rule that is none, with the reason; port mappings, which the
    /// engine does not have yet
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
