#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QString>

namespace boxgate {

enum class Protocol
{
    Tcp,
    Udp
};

QString toString(Protocol protocol);

/// Four decimal numbers without leading zeros: what every IPv4 address in a specification must be.
bool isIpv4Address(const QString &text);

/// A port of the host that leads into the box. Host to box only.
struct PortMapping
{
    Protocol protocol = Protocol::Tcp;
    QString bindAddress = QStringLiteral("127.0.0.1"); ///< IPv4
    quint16 hostPort = 0; ///< 0: the system chooses
    quint16 guestPort = 0;

    /// Reads "[[BIND:]HOST:]GUEST[/tcp|/udp]": "80", "8080:80", "0.0.0.0:8080:80", "5353:53/udp".
    /// Errors   InvalidArgument: the part that is wrong
    static Result<PortMapping> parse(const QString &text);

    /// Whether both want the same port of the host; two automatic ones never do.
    bool takesSamePort(const PortMapping &other) const
    {
        return hostPort != 0 && hostPort == other.hostPort && protocol == other.protocol
            && bindAddress == other.bindAddress;
    }

    QString toString() const;
    QJsonObject toJson() const;
    static Result<PortMapping> fromJson(const QJsonObject &object);

    bool operator==(const PortMapping &) const = default;
};

} // namespace boxgate
