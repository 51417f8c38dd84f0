#pragma once

#include "app/cli/texttable.h"
#include "core/exposure/hostlistener.h"
#include "core/model/netreport.h"

/// What a box's gate tells, as tables for people. Times are relative to now; long names lose their middle
/// when the table is printed. Pure.
namespace boxgate::cli {

/// "api.example.com:443", "192.0.2.7:53/udp", "from 192.0.2.9:51123"; "-" for a frame without an address.
QString peerText(const NetPeer &peer);

/// "rule *.example.com:443", or the reason in words.
QString whyText(GateReason reason, const QString &rule);

TextTable flowsTable(const QList<NetFlow> &flows, const QDateTime &now);
TextTable destinationsTable(const QList<NetDestination> &destinations, const QDateTime &now);
TextTable dnsTable(const QList<NetDnsQuestion> &questions, const QDateTime &now);
/// rules   those of the specification; the ones that use tells nothing about were never used
TextTable rulesTable(const QStringList &rules, const QList<NetRuleUse> &use, const QDateTime &now);
TextTable portsTable(const QList<NetPort> &ports);

enum class RunsNow
{
    No,
    Yes
};

/// What of the host's loopback a box reaches, and the commands that close it.
QString exposureText(const QString &boxName, const NetworkSpec &network, const QList<HostListener> &reached,
                     RunsNow runs, qsizetype width);

/// Every entry with the reason and, where there is one, the command that would allow it.
QString blockedText(const QString &boxName, const NetworkSpec &network, const QList<NetBlocked> &blocked,
                    const QDateTime &now, qsizetype width);

/// What `net test` says.
/// destination   as asked
/// command       what would allow it; may be empty
QString testText(const QString &destination, const NetTest &test, const QString &command);

/// One destination's minutes added up.
struct HistoryTotal
{
    NetPeer peer;
    NetTraffic traffic;
    quint64 flows = 0;
    quint64 blocked = 0;
    qint64 lastMinute = 0; ///< Unix time in s

    bool operator==(const HistoryTotal &) const = default;
};

/// The most bytes first.
QList<HistoryTotal> historyTotals(const QList<NetMinute> &minutes);
TextTable historyTable(const QList<HistoryTotal> &totals, const QDateTime &now);

} // namespace boxgate::cli
