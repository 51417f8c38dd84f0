#pragma once

#include "core/model/netreport.h"

namespace boxgate::cli {

/// Whether rules may allow more than was seen.
enum class RuleWidth
{
    Exact, ///< every host and address on its own
    Grouped ///< many below one domain become a wildcard, many addresses side by side a network
};

/// One rule that recorded traffic would have needed.
struct RecordedRule
{
    QString rule;
    QStringList seen; ///< the names or addresses that it stands for, sorted
    NetTraffic traffic;
    quint64 flows = 0;

    bool operator==(const RecordedRule &) const = default;
};

/// The fewest rules under which the destinations would have passed, besides the ones that are there. Names
/// where they are known, else addresses; ports side by side become a range. What is Inbound, and what went to
/// the host alias, needs no rule. Pure.
/// known   the rules that are there
///
/// Grouped: GroupedHosts names right below one domain, all on the same ports and protocol, become
/// `*.DOMAIN`; a domain under which strangers register, such as co.uk, is left alone, and so is a single
/// label. GroupedAddresses addresses of one /24 become that network. Each says what it stands for.
/// Returns   sorted: names by domain, then addresses
QList<RecordedRule> recordedRules(const QList<NetDestination> &destinations, const QStringList &known,
                                  RuleWidth width);

/// The ports of this host's loopback that the destinations include, sorted.
QList<quint16> recordedLoopbackPorts(const QList<NetDestination> &destinations);

/// What happened since: the destinations of now that were used after before was taken.
/// before   what destinations() said when the recording began
QList<NetDestination> destinationsSince(const QList<NetDestination> &before,
                                        const QList<NetDestination> &now);

inline constexpr qsizetype GroupedHosts = 5;
inline constexpr qsizetype GroupedAddresses = 8;

} // namespace boxgate::cli
