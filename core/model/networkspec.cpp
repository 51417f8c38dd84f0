#include "core/model/networkspec.h"

#include "core/base/jsonreader.h"
#include "net/policy/allowrule.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace boxgate {

namespace {

/// Characters of a refused rule in a sentence.
constexpr qsizetype MaxShownRule = 80;

const QString SentLimit = QStringLiteral("sent_bytes_per_second");
const QString ReceivedLimit = QStringLiteral("received_bytes_per_second");
/// Whole numbers up to here are exact in JSON.
constexpr qint64 MaxExact = 1LL << 53;

} // namespace

QString toString(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::Open:
        return QStringLiteral("open");
    case NetworkMode::Allowlist:
        return QStringLiteral("allowlist");
    case NetworkMode::Off:
        break;
    }
    return QStringLiteral("off");
}

Result<NetworkMode> networkModeFromString(const QString &text)
{
    if (text == QLatin1String("open") || text == QLatin1String("enabled"))
        return NetworkMode::Open;
    if (text == QLatin1String("allowlist"))
        return NetworkMode::Allowlist;
    if (text == QLatin1String("off") || text == QLatin1String("disabled"))
        return NetworkMode::Off;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a network mode: use open, allowlist or off").arg(text));
}

QString toString(HostLoopback setting)
{
    switch (setting) {
    case HostLoopback::Open:
        return QStringLiteral("open");
    case HostLoopback::Ports:
        return QStringLiteral("ports");
    case HostLoopback::Off:
        break;
    }
    return QStringLiteral("off");
}

Result<HostLoopback> hostLoopbackFromString(const QString &text)
{
    if (text == QLatin1String("open"))
        return HostLoopback::Open;
    if (text == QLatin1String("ports"))
        return HostLoopback::Ports;
    if (text == QLatin1String("off"))
        return HostLoopback::Off;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a host loopback setting: use open, ports or off").arg(text));
}

namespace {

tl::unexpected<Error> cannotBe(const QString &sentence) { return fail(ErrorCode::InvalidArgument, sentence); }

Result<void> checkRules(const QStringList &rules)
{
    for (const QString &text : rules) {
        const auto rule = net::AllowRule::parse(text.toStdString());
        if (!rule) {
            return cannotBe(QStringLiteral("The rule '%1' cannot be used: %2")
                                .arg(text.left(MaxShownRule), QString::fromStdString(rule.error())));
        }
    }
    return {};
}

Result<void> checkPorts(const QList<PortMapping> &ports)
{
    if (ports.size() > NetworkSpec::MaxPorts)
        return cannotBe(QStringLiteral("A box publishes at most %1 ports").arg(NetworkSpec::MaxPorts));
    for (qsizetype i = 0; i < ports.size(); ++i) {
        const PortMapping &port = ports[i];
        if (!isIpv4Address(port.bindAddress)) {
            return cannotBe(QStringLiteral("'%1' is not an IPv4 address to publish port %2 on")
                                .arg(port.bindAddress.left(MaxShownRule))
                                .arg(port.guestPort));
        }
        if (port.guestPort == 0)
            return cannotBe(QStringLiteral("A port mapping needs the box's port, 1 to 65535"));
        for (const PortMapping &earlier : ports.first(i)) {
            if (port.takesSamePort(earlier)) {
                return cannotBe(QStringLiteral("Port %1 on %2 is published twice: choose another for one")
                                    .arg(port.hostPort)
                                    .arg(port.bindAddress));
            }
            if (port == earlier)
                return cannotBe(QStringLiteral("The port mapping %1 is there twice").arg(port.toString()));
        }
    }
    return {};
}

Result<void> checkNames(const QList<DnsZone> &zones, const QStringList &searchDomains)
{
    if (zones.size() > NetworkSpec::MaxZones)
        return cannotBe(QStringLiteral("A box has at most %1 DNS zones").arg(NetworkSpec::MaxZones));
    for (const DnsZone &zone : zones) {
        const Result<void> checked = zone.check();
        BOXGATE_TRY(checked);
    }
    if (searchDomains.size() > NetworkSpec::MaxSearchDomains) {
        return cannotBe(
            QStringLiteral("A box has at most %1 search domains").arg(NetworkSpec::MaxSearchDomains));
    }
    for (const QString &domain : searchDomains) {
        if (!isDomainName(domain))
            return cannotBe(QStringLiteral("'%1' is not a search domain: write a name such as lab.test")
                                .arg(domain.left(MaxShownRule)));
    }
    return {};
}

Result<void> checkLimit(quint64 bytesPerSecond)
{
    if (bytesPerSecond == 0 || bytesPerSecond >= RateLimits::Lowest)
        return {};
    return cannotBe(
        QStringLiteral("A limit of %1 bytes per second is too low: give at least 1 KiB, or 0 for no limit")
            .arg(bytesPerSecond));
}

} // namespace

Result<void> NetworkSpec::check() const
{
    Result<void> checked = checkRules(allowNet);
    if (checked)
        checked = checkPorts(ports);
    if (checked)
        checked = checkNames(zones, searchDomains);
    if (checked)
        checked = checkLimit(limits.sentBytesPerSecond);
    if (checked)
        checked = checkLimit(limits.receivedBytesPerSecond);
    BOXGATE_TRY(checked);
    const qsizetype size = QJsonDocument(toJson()).toJson(QJsonDocument::Compact).size();
    if (size > MaxJsonBytes) {
        return cannotBe(QStringLiteral("The network of a box is described in at most %1 KiB, and this takes "
                                       "%2: shorten its rules or zones")
                            .arg(MaxJsonBytes / 1024)
                            .arg((size + 1023) / 1024));
    }
    return {};
}

QJsonObject NetworkSpec::toJson() const
{
    QJsonArray mapped;
    for (const PortMapping &port : ports)
        mapped.append(port.toJson());
    QJsonArray loopbackPorts;
    for (const quint16 port : hostLoopbackPorts)
        loopbackPorts.append(port);
    QJsonArray listedZones;
    for (const DnsZone &zone : zones)
        listedZones.append(zone.toJson());
    const QJsonObject limitsJson{{SentLimit, qint64(limits.sentBytesPerSecond)},
                                 {ReceivedLimit, qint64(limits.receivedBytesPerSecond)}};
    return {{QStringLiteral("mode"), toString(mode)},
            {QStringLiteral("allow_net"), QJsonArray::fromStringList(allowNet)},
            {QStringLiteral("host_loopback"), toString(hostLoopback)},
            {QStringLiteral("host_loopback_ports"), loopbackPorts},
            {QStringLiteral("ports"), mapped},
            {QStringLiteral("zones"), listedZones},
            {QStringLiteral("search_domains"), QJsonArray::fromStringList(searchDomains)},
            {QStringLiteral("mtu"), mtu},
            {QStringLiteral("capture"), capture},
            {QStringLiteral("limits"), limitsJson}};
}

namespace {

void readMode(JsonReader &reader, NetworkSpec &spec)
{
    const std::optional<QString> text = reader.string(QStringLiteral("mode"));
    if (!text)
        return;
    const Result<NetworkMode> mode = networkModeFromString(*text);
    if (!mode)
        reader.reject(QStringLiteral("mode"), QStringLiteral("must be open, allowlist or off"));
    else if (*text == QLatin1String("enabled") && !spec.allowNet.isEmpty())
        spec.mode = NetworkMode::Allowlist;
    else
        spec.mode = *mode;
}

void readLoopback(JsonReader &reader, NetworkSpec &spec)
{
    if (const auto text = reader.string(QStringLiteral("host_loopback"))) {
        const Result<HostLoopback> setting = hostLoopbackFromString(*text);
        if (!setting)
            reader.reject(QStringLiteral("host_loopback"), QStringLiteral("must be open, ports or off"));
        else
            spec.hostLoopback = *setting;
    }
    const QString key = QStringLiteral("host_loopback_ports");
    const QJsonArray ports = reader.array(key).value_or(QJsonArray());
    for (const QJsonValue &value : ports) {
        const int port = value.toInt();
        if (port < 1 || port > 65535)
            reader.reject(key, QStringLiteral("must hold port numbers"));
        else
            spec.hostLoopbackPorts.append(quint16(port));
    }
}

Result<RateLimits> limitsFromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("network.limits"));
    RateLimits limits;
    limits.sentBytesPerSecond = quint64(reader.integer(SentLimit, 0, MaxExact).value_or(0));
    limits.receivedBytesPerSecond = quint64(reader.integer(ReceivedLimit, 0, MaxExact).value_or(0));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return limits;
}

template <typename Entry> Result<QList<Entry>> readEntries(JsonReader &reader, const QString &key)
{
    QList<Entry> entries;
    const QJsonArray values = reader.array(key).value_or(QJsonArray());
    for (const QJsonValue &value : values) {
        const Result<Entry> entry = Entry::fromJson(value.toObject());
        BOXGATE_TRY(entry);
        entries.append(*entry);
    }
    return entries;
}

} // namespace

Result<NetworkSpec> NetworkSpec::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("network"));
    NetworkSpec spec;
    spec.allowNet = reader.strings(QStringLiteral("allow_net")).value_or(QStringList());
    readMode(reader, spec);
    readLoopback(reader, spec);
    const Result<QList<PortMapping>> mapped = readEntries<PortMapping>(reader, QStringLiteral("ports"));
    BOXGATE_TRY(mapped);
    spec.ports = *mapped;
    const Result<QList<DnsZone>> listed = readEntries<DnsZone>(reader, QStringLiteral("zones"));
    BOXGATE_TRY(listed);
    spec.zones = *listed;
    spec.searchDomains = reader.strings(QStringLiteral("search_domains")).value_or(spec.searchDomains);
    spec.mtu = int(reader.integer(QStringLiteral("mtu"), 576, 65520).value_or(spec.mtu));
    spec.capture = reader.boolean(QStringLiteral("capture")).value_or(false);
    const QJsonObject limitsObject = reader.object(QStringLiteral("limits")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<RateLimits> limits = limitsFromJson(limitsObject);
    BOXGATE_TRY(limits);
    spec.limits = *limits;
    return spec;
}

} // namespace boxgate
