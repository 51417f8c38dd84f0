#pragma once

#include "core/model/networkspec.h"

#include <QHostAddress>
#include <QList>
#include <QString>

namespace boxgate {

/// A socket of the host that takes connections or datagrams on an address of the host itself: what a box may
/// find behind host.boxlite.internal.
struct HostListener
{
    Protocol protocol = Protocol::Tcp;
    QHostAddress address; ///< as bound: 127.0.0.0/8, 0.0.0.0, ::1, :: or an IPv4 address mapped into IPv6
    quint16 port = 0;
    QString processName; ///< empty when the system does not tell: processes of other users
    qint64 pid = 0; ///< 0 when the system does not tell
    QString service; ///< the well-known service of the port, such as "postgres"; empty when there is none
    bool sensitive = false; ///< gives away data or control of the host: databases, Docker's socket

    /// What to call it: the process, else the well-known service, else "port 8081".
    QString label() const;

    bool operator==(const HostListener &) const = default;
};

/// Whether the address is one of the host's own that nobody else can use: 127.0.0.0/8, ::1, or all addresses.
bool isOnLoopback(const QHostAddress &address);

/// Whether what is sent to 127.0.0.1 arrives there. A box's traffic to the host alias is sent just there, so
/// a service bound to ::1 or to 127.0.0.53 alone is not reached. A socket on :: counts: not every
/// system tells IPV6_V6ONLY.
bool isReachedOnLoopback(const HostListener &listener);

/// What a box with this network reaches of listeners, sorted by port; one entry per protocol and port.
/// Follows the mode (off reaches nothing) and hostLoopback (open, ports, off).
/// published   the open ports of running boxes. What else runners listen on is left out: their name servers,
/// which refuse every connection but their box's
QList<HostListener> exposureOf(const NetworkSpec &network, const QList<HostListener> &listeners,
                               const QList<PortMapping> &published = {});

/// The service that usually listens on a port.
struct WellKnownService
{
    QString name; ///< empty when none is known
    bool sensitive = false;
};

/// Source   the IANA registry of service names, and the defaults in each product's documentation
WellKnownService wellKnownService(Protocol protocol, quint16 port);

} // namespace boxgate
