#include "app/cli/gate/eventtext.h"

#include "app/cli/gate/nettables.h"
#include "app/cli/humantime.h"
#include "core/base/bytes.h"

namespace boxgate::cli {

namespace {

QString verdictOf(const NetEvent &event)
{
    switch (event.kind) {
    case NetEvent::Kind::FlowBegun:
        return QStringLiteral("allowed");
    case NetEvent::Kind::FlowEnded:
        return QStringLiteral("ended");
    case NetEvent::Kind::Blocked:
        return QStringLiteral("BLOCKED");
    case NetEvent::Kind::Dns:
        return event.result == DnsResult::Refused ? QStringLiteral("REFUSED") : QStringLiteral("name");
    case NetEvent::Kind::PolicyChanged:
        break;
    }
    return QStringLiteral("changed");
}

/// The destination by name and with the address that stands behind it.
QString destinationOf(const NetEvent &event)
{
    const QString text = peerText(event.peer);
    const bool hasBoth = !event.peer.name.isEmpty() && !event.peer.address.isEmpty();
    return hasBoth ? QStringLiteral("%1 (%2)").arg(text, event.peer.address) : text;
}

QString meaningOf(const NetEvent &event)
{
    switch (event.kind) {
    case NetEvent::Kind::FlowBegun:
        return whyText(event.reason, event.rule);
    case NetEvent::Kind::FlowEnded:
        return QStringLiteral("%1 down, %2 up")
            .arg(Bytes(event.traffic.bytesReceived).toDisplay(), Bytes(event.traffic.bytesSent).toDisplay());
    case NetEvent::Kind::Blocked:
        return explain(event.reason)
            + (event.count > 1 ? QStringLiteral(", ") + counted(event.count, "time") : QString());
    case NetEvent::Kind::Dns:
        break;
    case NetEvent::Kind::PolicyChanged:
        return {};
    }
    switch (event.result) {
    case DnsResult::Zone:
        return QStringLiteral("answered by a zone");
    case DnsResult::Answered:
        return QStringLiteral("resolved");
    case DnsResult::Refused:
        return QStringLiteral("no rule names it: not asked outside");
    case DnsResult::Failed:
        break;
    }
    return QStringLiteral("could not be resolved");
}

} // namespace

QString eventText(const NetEvent &event)
{
    const QString time = event.at.toLocalTime().toString(QStringLiteral("MM-dd HH:mm:ss"));
    const QString verdict = verdictOf(event).leftJustified(7);
    if (event.kind == NetEvent::Kind::PolicyChanged)
        return QStringLiteral("%1  %2  the network's settings").arg(time, verdict);
    const QString protocol = event.kind == NetEvent::Kind::Dns ? QStringLiteral("dns") : event.peer.protocol;
    const QString type = event.dnsType.isEmpty() ? QString() : QLatin1Char(' ') + event.dnsType;
    // Not by arg(): a name of the box's may hold "%1".
    return printable(time + QStringLiteral("  ") + verdict + QStringLiteral("  ") + protocol.leftJustified(3)
                     + QStringLiteral("  ") + destinationOf(event) + type + QStringLiteral("  ")
                     + meaningOf(event));
}

bool isBlocked(const NetEvent &event)
{
    return event.kind == NetEvent::Kind::Blocked
        || (event.kind == NetEvent::Kind::Dns && event.result == DnsResult::Refused);
}

Result<EventRange> EventRange::parse(const QString &text, const QDateTime &now)
{
    EventRange range;
    bool isNumber = false;
    range.after = text.toULongLong(&isNumber);
    if (isNumber)
        return range;
    const Result<std::chrono::seconds> duration = durationFromText(text);
    if (!duration) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is neither the number of an event nor a duration such as 10m")
                        .arg(text.left(40)));
    }
    range.since = now.addSecs(-duration->count());
    return range;
}

bool EventRange::contains(const NetEvent &event) const
{
    return event.sequence > after && (!since.isValid() || event.at >= since);
}

} // namespace boxgate::cli
