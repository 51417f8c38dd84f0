#include "app/cli/gate/networksummary.h"

#include "app/cli/gate/nettables.h"
#include "app/cli/gate/portselector.h"
#include "app/cli/humantime.h"
#include "core/base/bytes.h"

namespace boxgate::cli {

namespace {

/// Rules beyond this are for `boxgate net rules`.
constexpr qsizetype MaxShownRules = 20;
constexpr qsizetype MaxShownRecords = 3;

QString meaningOf(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::Open:
        return QStringLiteral("open: it reaches everything");
    case NetworkMode::Allowlist:
        return QStringLiteral("allowlist: it reaches what a rule allows");
    case NetworkMode::Off:
        break;
    }
    return QStringLiteral("off: it reaches nothing");
}

QString rateText(quint64 bytesPerSecond)
{
    return bytesPerSecond == 0 ? QStringLiteral("no limit")
                               : Bytes(bytesPerSecond).toDisplay() + QStringLiteral("/s");
}

QString zoneText(const DnsZone &zone)
{
    QStringList answers;
    for (const DnsRecord &record : zone.records.mid(0, MaxShownRecords))
        answers.append((record.name.isEmpty() ? QStringLiteral("@") : record.name) + QLatin1Char(' ')
                       + record.ip);
    if (zone.records.size() > MaxShownRecords)
        answers.append(QStringLiteral("%1 more").arg(zone.records.size() - MaxShownRecords));
    if (!zone.defaultIp.isEmpty())
        answers.append(QStringLiteral("else ") + zone.defaultIp);
    return zone.name + QStringLiteral(": ")
        + (answers.isEmpty() ? QStringLiteral("no names") : answers.join(QStringLiteral(", ")));
}

QStringList portTexts(const NetworkSpec &network, const std::optional<LiveGate> &live)
{
    QStringList texts;
    if (!live) {
        for (const PortMapping &map : network.ports)
            texts.append(portText(map));
    } else {
        for (const NetPort &port : live->ports)
            texts.append(portText(port.map) + QStringLiteral("  ") + counted(port.openFlows, "connection"));
    }
    return texts;
}

QString rulesText(const NetworkSpec &network, const std::optional<LiveGate> &live, const QDateTime &now,
                  qsizetype width)
{
    if (network.allowNet.isEmpty())
        return {};
    const QString indent = QStringLiteral("  ");
    const QStringList shown = network.allowNet.mid(0, MaxShownRules);
    QString text = rulesTable(shown, live ? live->rules : QList<NetRuleUse>(), now).toString(indent, width);
    if (const qsizetype more = network.allowNet.size() - shown.size(); more > 0)
        text += indent + QStringLiteral("and %1 more: 'boxgate net rules' lists them\n").arg(more);
    return QLatin1Char('\n') + text;
}

/// The first line with the label, the others below it.
void addRows(TextTable &table, const QString &label, const QStringList &values)
{
    for (qsizetype i = 0; i < values.size(); ++i)
        table.addRow({i == 0 ? label : QString(), values[i]});
}

} // namespace

QString loopbackText(const NetworkSpec &network)
{
    if (!network.exposesLoopback())
        return QStringLiteral("off");
    if (network.hostLoopback == HostLoopback::Open)
        return QStringLiteral("open");
    QStringList ports;
    for (const quint16 port : network.hostLoopbackPorts)
        ports.append(QString::number(port));
    return ports.join(u',');
}

QString limitsText(const RateLimits &limits)
{
    if (limits == RateLimits())
        return QStringLiteral("none");
    return QStringLiteral("sent %1, received %2")
        .arg(rateText(limits.sentBytesPerSecond), rateText(limits.receivedBytesPerSecond));
}

QString captureText(const NetCapture &capture)
{
    const QString written =
        QStringLiteral("%1, %2 in %3")
            .arg(Bytes(capture.bytes).toDisplay(), counted(capture.packets, "packet"), capture.file);
    const QString dropped =
        capture.dropped > 0 ? QStringLiteral(", %1 dropped").arg(capture.dropped) : QString();
    if (!capture.error.isEmpty())
        return QStringLiteral("failed: ") + capture.error;
    if (capture.full)
        return QStringLiteral("full: ") + written + dropped;
    if (capture.on)
        return QStringLiteral("on: ") + written + dropped;
    return capture.packets > 0 ? QStringLiteral("off; ") + written : QStringLiteral("off");
}

QString networkSummary(const QString &boxName, const NetworkSpec &network,
                       const std::optional<LiveGate> &live, const QDateTime &now, qsizetype width)
{
    TextTable table;
    table.addRow({QStringLiteral("Box"), boxName + (live ? QString() : QStringLiteral(" (not running)"))});
    table.addRow({QStringLiteral("Mode"), meaningOf(network.mode)});
    if (live && live->openedUntil.isValid()) {
        const std::chrono::seconds left(std::max<qint64>(0, now.secsTo(live->openedUntil)));
        table.addRow({QStringLiteral("Now"),
                      QStringLiteral("open for a client such as 'net record', for at most %1 more")
                          .arg(durationToDisplay(left))});
    }
    const QString rules = network.mode == NetworkMode::Allowlist || network.allowNet.isEmpty()
        ? QString::number(network.allowNet.size())
        : QStringLiteral("%1, without effect in this mode").arg(network.allowNet.size());
    table.addRow({QStringLiteral("Rules"), rules});
    table.addRow({QStringLiteral("Host loopback"), loopbackText(network)});
    addRows(table, QStringLiteral("Ports"), portTexts(network, live));
    QStringList zones;
    for (const DnsZone &zone : network.zones)
        zones.append(zoneText(zone));
    addRows(table, QStringLiteral("DNS zones"), zones);
    table.addRow({QStringLiteral("Search domains"), network.searchDomains.join(QStringLiteral(", "))});
    table.addRow({QStringLiteral("Limits"), limitsText(network.limits)});
    const QString wished = network.capture ? QStringLiteral("on from the next start") : QStringLiteral("off");
    table.addRow({QStringLiteral("Capture"), live ? captureText(live->capture) : wished});
    table.addRow({QStringLiteral("MTU"), QString::number(network.mtu)});
    if (live) {
        const NetCounters &counters = live->counters;
        table.addRow(
            {QStringLiteral("Traffic"),
             QStringLiteral("%1 down, %2 up, %3 blocked")
                 .arg(Bytes(counters.bytesReceived).toDisplay(), Bytes(counters.bytesSent).toDisplay(),
                      counted(counters.packetsBlocked, "packet"))});
        table.addRow({QStringLiteral("Connections"),
                      QStringLiteral("%1 open, %2 so far, %3 refused")
                          .arg(counters.tcpOpen)
                          .arg(counters.tcpEstablished)
                          .arg(counters.tcpFailed)});
    }
    return table.toString() + rulesText(network, live, now, width);
}

} // namespace boxgate::cli
