#include "core/runner/gatetranslation.h"

namespace boxgate {

namespace {

/// A name has at most 253 bytes, and each may take four characters.
constexpr size_t MaxNameBytes = 255;

net::Mode modeOf(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::Open:
        return net::Mode::Open;
    case NetworkMode::Allowlist:
        return net::Mode::Allowlist;
    case NetworkMode::Off:
        break;
    }
    return net::Mode::Off;
}

net::HostAlias hostAliasOf(HostLoopback setting)
{
    switch (setting) {
    case HostLoopback::Open:
        return net::HostAlias::Open;
    case HostLoopback::Ports:
        return net::HostAlias::Ports;
    case HostLoopback::Off:
        break;
    }
    return net::HostAlias::Off;
}

std::vector<std::string> toStrings(const QStringList &texts)
{
    std::vector<std::string> strings;
    strings.reserve(size_t(texts.size()));
    for (const QString &text : texts)
        strings.push_back(text.toStdString());
    return strings;
}

QString toText(const std::string &text) { return QString::fromStdString(text); }

QString printable(const std::string &name)
{
    QString text;
    for (const char c : name.substr(0, MaxNameBytes)) {
        const auto byte = quint8(c);
        if (byte > 0x20 && byte < 0x7f && byte != '\\')
            text += QLatin1Char(c);
        else
            text += QStringLiteral("\\%1").arg(byte, 3, 10, QLatin1Char('0'));
    }
    return text;
}

QDateTime toTime(int64_t unixMilliseconds)
{
    return unixMilliseconds <= 0 ? QDateTime() : QDateTime::fromMSecsSinceEpoch(unixMilliseconds, Qt::UTC);
}

QString protocolOf(net::Transport transport)
{
    switch (transport) {
    case net::Transport::Tcp:
        return QStringLiteral("tcp");
    case net::Transport::Udp:
        return QStringLiteral("udp");
    case net::Transport::Any:
        break;
    }
    return {};
}

FlowDirection toModel(net::Direction direction)
{
    return direction == net::Direction::Inbound ? FlowDirection::Inbound : FlowDirection::Outbound;
}

NameOrigin toModel(net::NameSource source)
{
    switch (source) {
    case net::NameSource::None:
        break;
    case net::NameSource::Dns:
        return NameOrigin::Dns;
    case net::NameSource::Sni:
        return NameOrigin::Sni;
    case net::NameSource::Host:
        return NameOrigin::Host;
    }
    return NameOrigin::None;
}

DnsResult toModel(net::DnsOutcome outcome)
{
    switch (outcome) {
    case net::DnsOutcome::Zone:
        return DnsResult::Zone;
    case net::DnsOutcome::Answered:
        return DnsResult::Answered;
    case net::DnsOutcome::Refused:
        return DnsResult::Refused;
    case net::DnsOutcome::Failed:
        break;
    }
    return DnsResult::Failed;
}

GateReason toModel(net::Reason reason)
{
    // The same words in the same order; a test walks through them.
    static_assert(int(GateReason::BadFrame) == int(net::Reason::BadFrame));
    return GateReason(reason);
}

NetEvent::Kind toModel(net::Event::Kind kind)
{
    switch (kind) {
    case net::Event::Kind::FlowBegun:
        return NetEvent::Kind::FlowBegun;
    case net::Event::Kind::FlowEnded:
        return NetEvent::Kind::FlowEnded;
    case net::Event::Kind::Blocked:
        return NetEvent::Kind::Blocked;
    case net::Event::Kind::Dns:
        return NetEvent::Kind::Dns;
    case net::Event::Kind::PolicyChanged:
        break;
    }
    return NetEvent::Kind::PolicyChanged;
}

NetTraffic toModel(const net::Traffic &traffic)
{
    return NetTraffic{.bytesSent = traffic.bytesSent,
                      .bytesReceived = traffic.bytesReceived,
                      .packetsSent = traffic.packetsSent,
                      .packetsReceived = traffic.packetsReceived};
}

/// Of a report or event with the fields of a peer.
template <typename Report> NetPeer peerOf(const Report &report)
{
    NetPeer peer;
    peer.protocol = protocolOf(report.transport);
    // What has no protocol may have no address either.
    if (report.transport != net::Transport::Any || report.remote.value != 0)
        peer.address = toText(net::toString(report.remote));
    peer.name = printable(report.name);
    return peer;
}

QStringList toTexts(const std::vector<net::Ipv4> &addresses)
{
    QStringList texts;
    for (const net::Ipv4 address : addresses)
        texts.append(toText(net::toString(address)));
    return texts;
}

} // namespace

net::PolicyConfig policyOf(const NetworkSpec &spec)
{
    net::PolicyConfig policy;
    policy.mode = modeOf(spec.mode);
    policy.rules = toStrings(spec.allowNet);
    policy.hostAlias = hostAliasOf(spec.hostLoopback);
    policy.hostAliasPorts.assign(spec.hostLoopbackPorts.begin(), spec.hostLoopbackPorts.end());
    return policy;
}

net::EngineConfig engineConfigOf(const NetworkSpec &spec)
{
    net::EngineConfig config;
    config.mtu = spec.mtu;
    config.policy = policyOf(spec);
    for (const DnsZone &zone : spec.zones) {
        net::Zone told{zone.name.toStdString(), {}, zone.defaultIp.toStdString()};
        for (const DnsRecord &record : zone.records)
            told.records.push_back({record.name.toStdString(), record.ip.toStdString()});
        config.zones.push_back(std::move(told));
    }
    config.searchDomains = toStrings(spec.searchDomains);
    config.limits = limitsOf(spec.limits);
    return config;
}

net::RateLimits limitsOf(const RateLimits &limits)
{
    return net::RateLimits{.sent = limits.sentBytesPerSecond, .received = limits.receivedBytesPerSecond};
}

net::PortMap portMapOf(const PortMapping &mapping)
{
    net::PortMap map;
    map.transport = mapping.protocol == Protocol::Udp ? net::Transport::Udp : net::Transport::Tcp;
    // An address that is none would listen nowhere: specifications are checked before.
    map.bindAddress = net::parseIpv4(mapping.bindAddress.toStdString()).value_or(map.bindAddress);
    map.hostPort = mapping.hostPort;
    map.guestPort = mapping.guestPort;
    return map;
}

PortMapping toModel(const net::PortMap &map)
{
    return PortMapping{.protocol = map.transport == net::Transport::Udp ? Protocol::Udp : Protocol::Tcp,
                       .bindAddress = toText(net::toString(map.bindAddress)),
                       .hostPort = map.hostPort,
                       .guestPort = map.guestPort};
}

NetCounters toModel(const net::Counters &counters)
{
    return NetCounters{.bytesSent = counters.bytesSent,
                       .bytesReceived = counters.bytesReceived,
                       .packetsSent = counters.packetsSent,
                       .packetsReceived = counters.packetsReceived,
                       .packetsBlocked = counters.packetsBlocked,
                       .tcpEstablished = counters.tcpEstablished,
                       .tcpFailed = counters.tcpFailed,
                       .tcpOpen = counters.tcpOpen};
}

NetSample toModel(const net::Sample &sample)
{
    return NetSample{.second = sample.second,
                     .bytesSent = sample.bytesSent,
                     .bytesReceived = sample.bytesReceived,
                     .packetsBlocked = sample.packetsBlocked};
}

NetFlow toModel(const net::FlowReport &report)
{
    NetFlow flow;
    flow.id = report.id;
    flow.peer = peerOf(report);
    flow.peer.direction = toModel(report.direction);
    flow.peer.port = report.remotePort;
    flow.peer.nameOrigin = toModel(report.nameSource);
    flow.guestPort = report.guestPort;
    flow.reason = toModel(report.reason);
    flow.rule = toText(report.rule);
    flow.traffic = toModel(report.traffic);
    flow.established = report.isEstablished;
    flow.begun = toTime(report.begun);
    flow.lastActivity = toTime(report.lastActivity);
    return flow;
}

NetDestination toModel(const net::DestinationReport &report)
{
    NetDestination destination;
    destination.peer = peerOf(report);
    destination.peer.direction = toModel(report.direction);
    destination.peer.port = report.port;
    destination.peer.nameOrigin = toModel(report.nameSource);
    destination.reason = toModel(report.reason);
    destination.rule = toText(report.rule);
    destination.flows = report.flows;
    destination.openFlows = report.openFlows;
    destination.traffic = toModel(report.traffic);
    destination.firstSeen = toTime(report.firstSeen);
    destination.lastSeen = toTime(report.lastSeen);
    return destination;
}

NetBlocked toModel(const net::BlockedReport &report)
{
    NetBlocked blocked;
    blocked.peer = peerOf(report);
    blocked.peer.port = report.port;
    blocked.reason = toModel(report.reason);
    blocked.detail = toText(report.detail);
    blocked.count = report.count;
    blocked.firstSeen = toTime(report.firstSeen);
    blocked.lastSeen = toTime(report.lastSeen);
    return blocked;
}

NetDnsQuestion toModel(const net::DnsReport &report)
{
    NetDnsQuestion question;
    question.at = toTime(report.at);
    question.name = printable(report.name);
    question.type = report.type;
    question.result = toModel(report.outcome);
    question.code = report.code;
    question.addresses = toTexts(report.addresses);
    question.removedAddresses = report.removedAddresses;
    return question;
}

NetRuleUse toModel(const net::RuleReport &report)
{
    NetRuleUse use;
    use.rule = toText(report.text);
    use.hits = report.hits;
    use.lastUse = toTime(report.lastUse);
    use.lastDnsError = toText(report.lastDnsError);
    use.lastDnsErrorAt = toTime(report.lastDnsErrorAt);
    return use;
}

NetPort toModel(const net::PortReport &report)
{
    return NetPort{.map = toModel(report.map), .openFlows = report.openFlows};
}

NetEvent toModel(const net::Event &event)
{
    NetEvent told;
    told.sequence = event.sequence;
    told.at = toTime(event.at);
    told.kind = toModel(event.kind);
    told.peer = peerOf(event);
    told.peer.direction = toModel(event.direction);
    told.peer.port = event.port;
    told.peer.nameOrigin = toModel(event.nameSource);
    told.reason = toModel(event.reason);
    told.rule = toText(event.rule);
    told.detail = toText(event.detail);
    told.traffic = toModel(event.traffic);
    told.count = event.count;
    told.result = toModel(event.outcome);
    if (event.kind == net::Event::Kind::Dns)
        told.dnsType = dnsTypeName(event.dnsType);
    return told;
}

NetEventBatch toModel(const net::EventBatch &batch)
{
    NetEventBatch told;
    told.lost = batch.lost;
    told.events.reserve(qsizetype(batch.events.size()));
    for (const net::Event &event : batch.events)
        told.events.append(toModel(event));
    return told;
}

NetTest toModel(const net::TestReport &report)
{
    NetTest test;
    test.allowed = report.isAllowed;
    test.reason = toModel(report.reason);
    test.rule = toText(report.rule);
    test.name = printable(report.name);
    test.addresses = toTexts(report.addresses);
    test.protocol = protocolOf(report.transport);
    test.port = report.port;
    test.nextStep = toText(report.nextStep);
    return test;
}

NetCapture toModel(const net::CaptureReport &report)
{
    NetCapture capture;
    capture.on = report.isOn;
    capture.bytes = report.bytes;
    capture.packets = report.packets;
    capture.dropped = report.dropped;
    capture.full = report.isFull;
    capture.error = toText(report.error);
    return capture;
}

NetMinute toModel(const net::DestinationTotal &total)
{
    NetMinute minute;
    minute.peer.protocol = protocolOf(total.transport);
    minute.peer.direction = toModel(total.direction);
    minute.peer.port = total.port;
    const QString destination = printable(total.destination);
    if (isIpv4Address(destination))
        minute.peer.address = destination;
    else
        minute.peer.name = destination;
    minute.traffic = toModel(total.traffic);
    minute.flows = total.flows;
    minute.blocked = total.blocked;
    return minute;
}

} // namespace boxgate
