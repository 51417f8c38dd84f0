#include "app/cli/gate/recordtext.h"

#include "app/cli/humantime.h"
#include "app/cli/texttable.h"
#include "core/base/bytes.h"

#include <QJsonArray>

namespace boxgate::cli {

namespace {

constexpr qsizetype MaxNamed = 3;

QString commentOf(const RecordedRule &rule)
{
    const QString traffic =
        QStringLiteral("# %1, %2 down, %3 up")
            .arg(counted(rule.flows, "flow"), Bytes(rule.traffic.bytesReceived).toDisplay(),
                 Bytes(rule.traffic.bytesSent).toDisplay());
    if (rule.seen.size() < 2)
        return traffic;
    QString seen = rule.seen.mid(0, MaxNamed).join(QStringLiteral(", "));
    if (rule.seen.size() > MaxNamed)
        seen += QStringLiteral(" and %1 more").arg(rule.seen.size() - MaxNamed);
    return traffic + QStringLiteral("; seen: ") + seen;
}

QStringList textsOf(const QList<quint16> &ports)
{
    QStringList texts;
    for (const quint16 port : ports)
        texts.append(QString::number(port));
    return texts;
}

} // namespace

QString recordText(const QString &boxName, const Recording &recording, const QList<RecordedRule> &rules)
{
    QString text =
        QStringLiteral("# Box %1, recorded for %2: ").arg(boxName, durationToDisplay(recording.lasted));
    text += rules.isEmpty() ? QStringLiteral("no rule was missing\n")
                            : QStringLiteral("rules that were missing: %1\n").arg(rules.size());
    TextTable table;
    for (const RecordedRule &rule : rules)
        table.addRow({rule.rule, commentOf(rule)});
    text += table.toString();
    const QStringList ports = textsOf(recordedLoopbackPorts(recording.destinations));
    if (!ports.isEmpty()) {
        text +=
            QStringLiteral("# It used port %1 of this host's 127.0.0.1, which needs no rule: 'boxgate net "
                           "host-loopback %2 %3' leaves just that\n")
                .arg(ports.join(QStringLiteral(", ")), boxName, ports.join(u','));
    }
    return text;
}

QJsonObject recordJson(const QString &boxName, const Recording &recording, const QList<RecordedRule> &rules)
{
    QJsonArray listed;
    for (const RecordedRule &rule : rules) {
        listed.append(QJsonObject{{QStringLiteral("rule"), rule.rule},
                                  {QStringLiteral("seen"), QJsonArray::fromStringList(rule.seen)},
                                  {QStringLiteral("flows"), qint64(rule.flows)},
                                  {QStringLiteral("bytes_sent"), qint64(rule.traffic.bytesSent)},
                                  {QStringLiteral("bytes_received"), qint64(rule.traffic.bytesReceived)}});
    }
    QJsonArray ports;
    for (const quint16 port : recordedLoopbackPorts(recording.destinations))
        ports.append(port);
    return {{QStringLiteral("box"), boxName},
            {QStringLiteral("seconds"), qint64(recording.lasted.count())},
            {QStringLiteral("complete"), recording.end == RecordEnd::InTime},
            {QStringLiteral("rules"), listed},
            {QStringLiteral("host_loopback_ports"), ports}};
}

} // namespace boxgate::cli
