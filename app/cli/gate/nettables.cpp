#include "app/cli/gate/nettables.h"

#include "app/cli/gate/nextcommand.h"
#include "app/cli/humantime.h"
#include "core/base/bytes.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace boxgate::cli {

namespace {

/// Further commands that close one port each would hide the one that closes all.
constexpr qsizetype MaxCloseCommands = 8;

QString bytesText(quint64 bytes) { return Bytes(bytes).toDisplay(); }

QString orDash(const QString &text) { return text.isEmpty() ? QStringLiteral("-") : text; }

/// For a narrow column: the rule itself, or two words.
QString shortWhy(GateReason reason, const QString &rule)
{
    return rule.isEmpty() ? toString(reason).replace(u'-', u' ') : rule;
}

QString answerText(const NetDnsQuestion &question)
{
    // RFC 1035, 4.1.1
    constexpr int serverFailure = 2;
    constexpr int noSuchName = 3;
    QString text = question.addresses.join(QStringLiteral(", "));
    if (question.removedAddresses > 0) {
        text += QStringLiteral("%1%2 removed")
                    .arg(text.isEmpty() ? QString() : QStringLiteral(", "))
                    .arg(question.removedAddresses);
    }
    if (text.isEmpty() && question.code == noSuchName)
        return QStringLiteral("no such name");
    if (text.isEmpty() && question.code == serverFailure)
        return QStringLiteral("server failure");
    if (text.isEmpty() && question.code != 0)
        return QStringLiteral("code %1").arg(question.code);
    return orDash(text);
}

TextTable exposureTable(const QList<HostListener> &listeners)
{
    TextTable table({QStringLiteral("PORT"), QStringLiteral("~PROCESS"), QStringLiteral(">PID"),
                     QStringLiteral("SERVICE"), QStringLiteral("NOTE")});
    for (const HostListener &one : listeners) {
        const QString port =
            QString::number(one.port) + (one.protocol == Protocol::Udp ? QStringLiteral("/udp") : QString());
        table.addRow({port, orDash(one.processName), one.pid > 0 ? QString::number(one.pid) : orDash({}),
                      orDash(one.service), one.sensitive ? QStringLiteral("SENSITIVE") : QString()});
    }
    return table;
}

} // namespace

QString peerText(const NetPeer &peer)
{
    if (peer.address.isEmpty() && peer.name.isEmpty())
        return QStringLiteral("-");
    const QString label = peer.port == 0 ? (peer.name.isEmpty() ? peer.address : peer.name) : peer.label();
    return peer.direction == FlowDirection::Inbound ? QStringLiteral("from ") + label : label;
}

QString whyText(GateReason reason, const QString &rule)
{
    return rule.isEmpty() ? explain(reason) : QStringLiteral("rule ") + rule;
}

TextTable flowsTable(const QList<NetFlow> &flows, const QDateTime &now)
{
    TextTable table({QStringLiteral(">ID"), QStringLiteral("~DESTINATION"), QStringLiteral(">DOWN"),
                     QStringLiteral(">UP"), QStringLiteral(">ACTIVE"), QStringLiteral("~WHY")});
    for (const NetFlow &flow : flows) {
        const QString active =
            flow.established ? agoToDisplay(flow.lastActivity, now) : QStringLiteral("no answer");
        table.addRow({QString::number(flow.id), peerText(flow.peer), bytesText(flow.traffic.bytesReceived),
                      bytesText(flow.traffic.bytesSent), active, shortWhy(flow.reason, flow.rule)});
    }
    return table;
}

TextTable destinationsTable(const QList<NetDestination> &destinations, const QDateTime &now)
{
    TextTable table({QStringLiteral("~DESTINATION"), QStringLiteral(">FLOWS"), QStringLiteral(">OPEN"),
                     QStringLiteral(">DOWN"), QStringLiteral(">UP"), QStringLiteral(">LAST"),
                     QStringLiteral("~WHY")});
    for (const NetDestination &one : destinations) {
        QString to = peerText(one.peer);
        if (one.peer.direction == FlowDirection::Inbound)
            to = QStringLiteral("from %1 to :%2").arg(one.peer.address).arg(one.peer.port);
        table.addRow({to, QString::number(one.flows), QString::number(one.openFlows),
                      bytesText(one.traffic.bytesReceived), bytesText(one.traffic.bytesSent),
                      agoToDisplay(one.lastSeen, now), shortWhy(one.reason, one.rule)});
    }
    return table;
}

TextTable dnsTable(const QList<NetDnsQuestion> &questions, const QDateTime &now)
{
    TextTable table({QStringLiteral(">ASKED"), QStringLiteral("~NAME"), QStringLiteral("TYPE"),
                     QStringLiteral("RESULT"), QStringLiteral("~ANSWER")});
    for (const NetDnsQuestion &question : questions) {
        table.addRow({agoToDisplay(question.at, now), question.name, dnsTypeName(question.type),
                      toString(question.result), answerText(question)});
    }
    return table;
}

TextTable rulesTable(const QStringList &rules, const QList<NetRuleUse> &use, const QDateTime &now)
{
    QHash<QString, NetRuleUse> byRule;
    for (const NetRuleUse &one : use)
        byRule.insert(one.rule, one);
    TextTable table({QStringLiteral("~RULE"), QStringLiteral(">HITS"), QStringLiteral(">LAST USED"),
                     QStringLiteral("~LAST DNS ERROR")});
    for (const QString &rule : rules) {
        const NetRuleUse used = byRule.value(rule);
        QString error = orDash(used.lastDnsError);
        if (!used.lastDnsError.isEmpty())
            error += QStringLiteral(", ") + agoToDisplay(used.lastDnsErrorAt, now);
        table.addRow({rule, QString::number(used.hits), agoToDisplay(used.lastUse, now), error});
    }
    return table;
}

TextTable portsTable(const QList<NetPort> &ports)
{
    TextTable table({QStringLiteral("HOST"), QStringLiteral("BOX"), QStringLiteral(">CONNECTIONS")});
    for (const NetPort &port : ports) {
        const QString hostPort =
            port.map.hostPort == 0 ? QStringLiteral("auto") : QString::number(port.map.hostPort);
        table.addRow({port.map.bindAddress + QLatin1Char(':') + hostPort,
                      QStringLiteral("%1/%2").arg(port.map.guestPort).arg(toString(port.map.protocol)),
                      QString::number(port.openFlows)});
    }
    return table;
}

QString exposureText(const QString &boxName, const NetworkSpec &network, const QList<HostListener> &reached,
                     RunsNow runs, qsizetype width)
{
    const QString box = QStringLiteral("Box ") + boxName;
    const QString loopback = QStringLiteral(" on this host's 127.0.0.1");
    if (!network.exposesLoopback()) {
        const QString why = network.mode == NetworkMode::Off
            ? QStringLiteral("its network is off")
            : QStringLiteral("its host loopback setting is off");
        return box + QStringLiteral(" reaches nothing") + loopback + QStringLiteral(": ") + why
            + QLatin1Char('\n');
    }
    const bool isOpen = network.hostLoopback == HostLoopback::Open;
    if (reached.isEmpty()) {
        return box + QStringLiteral(" may reach ")
            + (isOpen ? QStringLiteral("every service") : QStringLiteral("some services")) + loopback
            + QStringLiteral(", but none of them listens there now\n");
    }
    QString text = exposureTable(reached).toString({}, width);
    text += QLatin1Char('\n') + box + QStringLiteral(" reaches these as host.boxlite.internal")
        + (runs == RunsNow::Yes ? QString() : QStringLiteral(" once it runs")) + QStringLiteral(".\n");
    TextTable commands;
    QSet<quint16> closed;
    for (const HostListener &one : reached) {
        const bool isWorthIt = one.sensitive || reached.size() <= MaxCloseCommands;
        if (!isWorthIt || closed.contains(one.port) || closed.size() == MaxCloseCommands)
            continue;
        closed.insert(one.port);
        commands.addRow({QStringLiteral("Close %1:").arg(one.port), closeCommand(boxName, one, reached)});
    }
    commands.addRow(
        {QStringLiteral("Close all:"), QStringLiteral("boxgate net host-loopback %1 off").arg(boxName)});
    return text + commands.toString();
}

QString blockedText(const QString &boxName, const NetworkSpec &network, const QList<NetBlocked> &blocked,
                    const QDateTime &now, qsizetype width)
{
    TextTable table({QStringLiteral(">COUNT"), QStringLiteral(">LAST"), QStringLiteral("~DESTINATION")});
    for (const NetBlocked &one : blocked)
        table.addRow({QString::number(one.count), agoToDisplay(one.lastSeen, now), peerText(one.peer)});
    QStringList lines = table.toString({}, width).split(u'\n', Qt::SkipEmptyParts);
    QString text = lines.takeFirst() + QLatin1Char('\n');
    const QString indent(7, u' '); // below the second column
    for (qsizetype i = 0; i < lines.size(); ++i) {
        text += lines[i] + QLatin1Char('\n') + indent + explain(blocked[i].reason) + QLatin1Char('\n');
        const QString command = allowCommand(boxName, network, blocked[i].reason, blocked[i].peer);
        if (!command.isEmpty())
            text += indent + QStringLiteral("to allow it: ") + command + QLatin1Char('\n');
    }
    return text;
}

QString testText(const QString &destination, const NetTest &test, const QString &command)
{
    TextTable table;
    table.addRow({test.allowed ? QStringLiteral("allowed") : QStringLiteral("BLOCKED"),
                  test.protocol == QLatin1String("udp") && !destination.endsWith(QLatin1String("/udp"))
                      ? destination + QStringLiteral("/udp")
                      : destination});
    table.addRow({QStringLiteral("because"), whyText(test.reason, test.rule)});
    if (!test.name.isEmpty() || !test.addresses.isEmpty()) {
        const QString known = test.addresses.isEmpty() ? QStringLiteral("not resolved yet")
                                                       : test.addresses.join(QStringLiteral(", "));
        table.addRow({QStringLiteral("name"), orDash(test.name) + QStringLiteral("  ") + known});
    }
    // The command says the same, and can be copied.
    if (!command.isEmpty())
        table.addRow({QStringLiteral("allow it"), command});
    else if (!test.nextStep.isEmpty())
        table.addRow({QStringLiteral("next"), test.nextStep});
    return table.toString();
}

QList<HistoryTotal> historyTotals(const QList<NetMinute> &minutes)
{
    QHash<QString, HistoryTotal> byPeer;
    for (const NetMinute &minute : minutes) {
        const NetPeer &peer = minute.peer;
        const QString host = peer.name.isEmpty() ? peer.address : peer.name;
        const QString key =
            QStringList{peer.protocol, QString::number(peer.port), QString::number(int(peer.direction)), host}
                .join(u' ');
        HistoryTotal &total = byPeer[key];
        total.peer = peer;
        total.traffic.bytesSent += minute.traffic.bytesSent;
        total.traffic.bytesReceived += minute.traffic.bytesReceived;
        total.traffic.packetsSent += minute.traffic.packetsSent;
        total.traffic.packetsReceived += minute.traffic.packetsReceived;
        total.flows += minute.flows;
        total.blocked += minute.blocked;
        total.lastMinute = std::max(total.lastMinute, minute.minute);
    }
    QList<HistoryTotal> totals = byPeer.values();
    std::sort(totals.begin(), totals.end(), [](const HistoryTotal &a, const HistoryTotal &b) {
        const quint64 left = a.traffic.bytesSent + a.traffic.bytesReceived;
        const quint64 right = b.traffic.bytesSent + b.traffic.bytesReceived;
        return left != right ? left > right : peerText(a.peer) < peerText(b.peer);
    });
    return totals;
}

TextTable historyTable(const QList<HistoryTotal> &totals, const QDateTime &now)
{
    TextTable table({QStringLiteral("~DESTINATION"), QStringLiteral(">DOWN"), QStringLiteral(">UP"),
                     QStringLiteral(">FLOWS"), QStringLiteral(">BLOCKED"), QStringLiteral(">LAST")});
    for (const HistoryTotal &total : totals) {
        const QDateTime last = QDateTime::fromSecsSinceEpoch(total.lastMinute, Qt::UTC);
        table.addRow({peerText(total.peer), bytesText(total.traffic.bytesReceived),
                      bytesText(total.traffic.bytesSent), QString::number(total.flows),
                      QString::number(total.blocked), agoToDisplay(last, now)});
    }
    return table;
}

} // namespace boxgate::cli
