/// The JSON of the gate's reports: declared in netreport.h.
#include "core/model/netreport.h"

#include "core/model/netreportfields.h"

#include <QJsonArray>

#include <array>

namespace boxgate {

using namespace report;

namespace {

constexpr std::array Kinds{"flow-begun", "flow-ended", "blocked", "dns", "policy-changed"};
/// Pages are smaller; see core/control/controlreports.h.
constexpr qsizetype MaxBatchEvents = 8192;

NetEvent::Kind readKind(JsonReader &reader)
{
    const QString key = QStringLiteral("kind");
    const QString word = reader.requiredString(key);
    for (std::size_t i = 0; i < Kinds.size(); ++i) {
        if (word == QLatin1String(Kinds[i]))
            return NetEvent::Kind(i);
    }
    reader.reject(key, QStringLiteral("is not a known word"));
    return NetEvent::Kind::FlowBegun;
}

/// The value, unless the reader found something wrong.
template <typename Value> Result<Value> finished(JsonReader &reader, const Value &value)
{
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return value;
}

} // namespace

QString toString(NetEvent::Kind kind) { return QString::fromLatin1(Kinds[std::size_t(kind)]); }

QString toString(DnsResult result) { return wordOf(result); }

QJsonObject NetFlow::toJson() const
{
    QJsonObject object{{QStringLiteral("id"), number(id)},
                       {QStringLiteral("guest_port"), guestPort},
                       {QStringLiteral("reason"), toString(reason)},
                       {QStringLiteral("rule"), rule},
                       {QStringLiteral("established"), established},
                       {QStringLiteral("begun"), unixTime(begun)},
                       {QStringLiteral("last_activity"), unixTime(lastActivity)}};
    writePeer(object, peer);
    writeTraffic(object, traffic);
    return object;
}

Result<NetFlow> NetFlow::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetFlow flow;
    flow.id = readNumber(reader, QStringLiteral("id"));
    flow.peer = readPeer(reader);
    flow.guestPort = readPort(reader, QStringLiteral("guest_port"));
    flow.reason = readReason(reader);
    flow.rule = readText(reader, QStringLiteral("rule"));
    flow.traffic = readTraffic(reader);
    flow.established = readFlag(reader, QStringLiteral("established"));
    flow.begun = readTime(reader, QStringLiteral("begun"));
    flow.lastActivity = readTime(reader, QStringLiteral("last_activity"));
    return finished(reader, flow);
}

QJsonObject NetDestination::toJson() const
{
    QJsonObject object{{QStringLiteral("reason"), toString(reason)},
                       {QStringLiteral("rule"), rule},
                       {QStringLiteral("flows"), number(flows)},
                       {QStringLiteral("open_flows"), number(openFlows)},
                       {QStringLiteral("first_seen"), unixTime(firstSeen)},
                       {QStringLiteral("last_seen"), unixTime(lastSeen)}};
    writePeer(object, peer);
    writeTraffic(object, traffic);
    return object;
}

Result<NetDestination> NetDestination::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetDestination destination;
    destination.peer = readPeer(reader);
    destination.reason = readReason(reader);
    destination.rule = readText(reader, QStringLiteral("rule"));
    destination.flows = readNumber(reader, QStringLiteral("flows"));
    destination.openFlows = readNumber(reader, QStringLiteral("open_flows"));
    destination.traffic = readTraffic(reader);
    destination.firstSeen = readTime(reader, QStringLiteral("first_seen"));
    destination.lastSeen = readTime(reader, QStringLiteral("last_seen"));
    return finished(reader, destination);
}

QJsonObject NetBlocked::toJson() const
{
    QJsonObject object{{QStringLiteral("reason"), toString(reason)},
                       {QStringLiteral("detail"), detail},
                       {QStringLiteral("count"), number(count)},
                       {QStringLiteral("first_seen"), unixTime(firstSeen)},
                       {QStringLiteral("last_seen"), unixTime(lastSeen)}};
    writePeer(object, peer);
    return object;
}

Result<NetBlocked> NetBlocked::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetBlocked blocked;
    blocked.peer = readPeer(reader);
    blocked.reason = readReason(reader);
    blocked.detail = readText(reader, QStringLiteral("detail"));
    blocked.count = readNumber(reader, QStringLiteral("count"));
    blocked.firstSeen = readTime(reader, QStringLiteral("first_seen"));
    blocked.lastSeen = readTime(reader, QStringLiteral("last_seen"));
    return finished(reader, blocked);
}

QJsonObject NetDnsQuestion::toJson() const
{
    return {{QStringLiteral("at"), unixTime(at)},
            {QStringLiteral("name"), name},
            {QStringLiteral("type"), type},
            {QStringLiteral("result"), wordOf(result)},
            {QStringLiteral("code"), code},
            {QStringLiteral("addresses"), QJsonArray::fromStringList(addresses)},
            {QStringLiteral("removed_addresses"), number(removedAddresses)}};
}

Result<NetDnsQuestion> NetDnsQuestion::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetDnsQuestion question;
    question.at = readTime(reader, QStringLiteral("at"));
    question.name = readText(reader, QStringLiteral("name"));
    question.type = int(readNumber(reader, QStringLiteral("type"), 0xffff));
    question.result = readResult(reader);
    question.code = int(readNumber(reader, QStringLiteral("code"), 0xff));
    question.addresses = readAddresses(reader);
    question.removedAddresses = readNumber(reader, QStringLiteral("removed_addresses"));
    return finished(reader, question);
}

QJsonObject NetRuleUse::toJson() const
{
    return {{QStringLiteral("rule"), rule},
            {QStringLiteral("hits"), number(hits)},
            {QStringLiteral("last_use"), unixTime(lastUse)},
            {QStringLiteral("last_dns_error"), lastDnsError},
            {QStringLiteral("last_dns_error_at"), unixTime(lastDnsErrorAt)}};
}

Result<NetRuleUse> NetRuleUse::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetRuleUse use;
    use.rule = readText(reader, QStringLiteral("rule"));
    use.hits = readNumber(reader, QStringLiteral("hits"));
    use.lastUse = readTime(reader, QStringLiteral("last_use"));
    use.lastDnsError = readText(reader, QStringLiteral("last_dns_error"));
    use.lastDnsErrorAt = readTime(reader, QStringLiteral("last_dns_error_at"));
    return finished(reader, use);
}

QJsonObject NetEvent::toJson() const
{
    QJsonObject object{{QStringLiteral("sequence"), number(sequence)},
                       {QStringLiteral("at"), unixTime(at)},
                       {QStringLiteral("kind"), toString(kind)},
                       {QStringLiteral("reason"), toString(reason)},
                       {QStringLiteral("rule"), rule},
                       {QStringLiteral("detail"), detail},
                       {QStringLiteral("count"), number(count)},
                       {QStringLiteral("result"), wordOf(result)},
                       {QStringLiteral("dns_type"), dnsType}};
    writePeer(object, peer);
    writeTraffic(object, traffic);
    return object;
}

Result<NetEvent> NetEvent::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetEvent event;
    event.sequence = readNumber(reader, QStringLiteral("sequence"));
    event.at = readTime(reader, QStringLiteral("at"));
    event.kind = readKind(reader);
    event.peer = readPeer(reader);
    event.reason = readReason(reader);
    event.rule = readText(reader, QStringLiteral("rule"));
    event.traffic = readTraffic(reader);
    event.detail = readText(reader, QStringLiteral("detail"));
    event.count = readNumber(reader, QStringLiteral("count"));
    event.result = readResult(reader);
    event.dnsType = readText(reader, QStringLiteral("dns_type"));
    return finished(reader, event);
}

QJsonObject NetEventBatch::toJson() const
{
    QJsonArray listed;
    for (const NetEvent &event : events)
        listed.append(event.toJson());
    return {{QStringLiteral("events"), listed}, {QStringLiteral("lost"), number(lost)}};
}

Result<NetEventBatch> NetEventBatch::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetEventBatch batch;
    const QJsonArray listed = reader.array(QStringLiteral("events")).value_or(QJsonArray());
    batch.lost = readNumber(reader, QStringLiteral("lost"));
    if (listed.size() > MaxBatchEvents)
        reader.reject(QStringLiteral("events"), QStringLiteral("are too many"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    for (const QJsonValue &value : listed) {
        const Result<NetEvent> event = NetEvent::fromJson(value.toObject());
        BOXGATE_TRY(event);
        batch.events.append(*event);
    }
    return batch;
}

QJsonObject NetTest::toJson() const
{
    return {{QStringLiteral("allowed"), allowed},
            {QStringLiteral("reason"), toString(reason)},
            {QStringLiteral("rule"), rule},
            {QStringLiteral("name"), name},
            {QStringLiteral("addresses"), QJsonArray::fromStringList(addresses)},
            {QStringLiteral("protocol"), protocol},
            {QStringLiteral("port"), port},
            {QStringLiteral("next_step"), nextStep}};
}

Result<NetTest> NetTest::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetTest test;
    test.allowed = readFlag(reader, QStringLiteral("allowed"));
    test.reason = readReason(reader);
    test.rule = readText(reader, QStringLiteral("rule"));
    test.name = readText(reader, QStringLiteral("name"));
    test.addresses = readAddresses(reader);
    test.protocol = readProtocol(reader);
    test.port = readPort(reader, QStringLiteral("port"));
    test.nextStep = readText(reader, QStringLiteral("next_step"));
    return finished(reader, test);
}

QJsonObject NetPort::toJson() const
{
    return {{QStringLiteral("map"), map.toJson()}, {QStringLiteral("open_flows"), number(openFlows)}};
}

Result<NetPort> NetPort::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetPort port;
    const QJsonObject map = reader.object(QStringLiteral("map")).value_or(QJsonObject());
    port.openFlows = readNumber(reader, QStringLiteral("open_flows"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<PortMapping> mapping = PortMapping::fromJson(map);
    BOXGATE_TRY(mapping);
    port.map = *mapping;
    return port;
}

QJsonObject NetCapture::toJson() const
{
    return {{QStringLiteral("on"), on},
            {QStringLiteral("file"), file},
            {QStringLiteral("bytes"), number(bytes)},
            {QStringLiteral("packets"), number(packets)},
            {QStringLiteral("dropped"), number(dropped)},
            {QStringLiteral("full"), full},
            {QStringLiteral("error"), error}};
}

Result<NetCapture> NetCapture::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetCapture capture;
    capture.on = readFlag(reader, QStringLiteral("on"));
    capture.file = readText(reader, QStringLiteral("file"));
    capture.bytes = readNumber(reader, QStringLiteral("bytes"));
    capture.packets = readNumber(reader, QStringLiteral("packets"));
    capture.dropped = readNumber(reader, QStringLiteral("dropped"));
    capture.full = readFlag(reader, QStringLiteral("full"));
    capture.error = readText(reader, QStringLiteral("error"));
    return finished(reader, capture);
}

QJsonObject NetMinute::toJson() const
{
    QJsonObject object{{QStringLiteral("minute"), minute},
                       {QStringLiteral("flows"), number(flows)},
                       {QStringLiteral("blocked"), number(blocked)}};
    writePeer(object, peer);
    writeTraffic(object, traffic);
    return object;
}

Result<NetMinute> NetMinute::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetMinute minute;
    minute.minute = qint64(readNumber(reader, QStringLiteral("minute")));
    minute.peer = readPeer(reader);
    minute.traffic = readTraffic(reader);
    minute.flows = readNumber(reader, QStringLiteral("flows"));
    minute.blocked = readNumber(reader, QStringLiteral("blocked"));
    return finished(reader, minute);
}

} // namespace boxgate
