#pragma once

#include "core/model/netreport.h"
#include "core/model/netsample.h"
#include "core/model/networkspec.h"

#include <optional>

namespace boxgate::cli {

/// What the gate of a running box says about itself.
struct LiveGate
{
    QList<NetRuleUse> rules;
    QList<NetPort> ports;
    NetCapture capture;
    NetCounters counters;
    QDateTime openedUntil; ///< null: no client holds the network open
};

/// A box's network for people: what it may reach and what came of it. Pure.
/// live   nothing: the box does not run
QString networkSummary(const QString &boxName, const NetworkSpec &network,
                       const std::optional<LiveGate> &live, const QDateTime &now, qsizetype width);

/// "open", "off", "5432, 8081".
QString loopbackText(const NetworkSpec &network);

/// "sent 1 MiB/s, received no limit"; "none" when there is none at all.
QString limitsText(const RateLimits &limits);

/// "on: 12 KiB, 80 packets in /path", "full at 64 MiB: ...", "off".
QString captureText(const NetCapture &capture);

} // namespace boxgate::cli
