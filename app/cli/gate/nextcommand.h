#pragma once

#include "core/exposure/hostlistener.h"
#include "core/model/netreport.h"
#include "core/model/networkspec.h"

/// The command that would change what the gate or the host does. Pure.
namespace boxgate::cli {

/// The command that lets a destination pass that was blocked; empty when nothing can.
/// peer   its name is preferred, its address where the name is what was missing
QString allowCommand(const QString &boxName, const NetworkSpec &network, GateReason reason,
                     const NetPeer &peer);

/// The rule for a destination: "api.example.com:443", "192.0.2.7:53/udp".
QString ruleFor(const NetPeer &peer);

/// The command after which the box does not reach the listener any more, and all else that it reaches now
/// still: "boxgate net host-loopback web 3000,8081", or "... off" when nothing is left.
/// reached   all that it reaches
QString closeCommand(const QString &boxName, const HostListener &listener,
                     const QList<HostListener> &reached);

} // namespace boxgate::cli
