#include "core/model/netreportfields.h"

#include <QJsonArray>

#include <algorithm>
#include <array>

namespace boxgate::report {

namespace {

constexpr qsizetype MaxAddresses = 64;
/// The year 10889; QDateTime reads far more.
constexpr qint64 MaxUnixMilliseconds = 1LL << 48;

constexpr std::array Directions{"outbound", "inbound"};
constexpr std::array Origins{"none", "dns", "sni", "host"};
constexpr std::array Results{"zone", "answered", "refused", "failed"};

/// The index of the field's word.
template <std::size_t Count>
std::size_t readWord(JsonReader &reader, const QString &key, const std::array<const char *, Count> &words)
{
    const QString word = reader.requiredString(key);
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&word](const char *one) { return word == QLatin1String(one); });
    if (found != words.end())
        return std::size_t(found - words.begin());
    reader.reject(key, QStringLiteral("is not a known word"));
    return 0;
}

template <typename Value> Value present(JsonReader &reader, const QString &key, std::optional<Value> value)
{
    if (!value)
        reader.reject(key, QStringLiteral("is missing"));
    return value.value_or(Value());
}

} // namespace

qint64 number(quint64 value) { return qint64(std::min(value, quint64(MaxExact))); }

qint64 unixTime(const QDateTime &time) { return time.isNull() ? 0 : time.toMSecsSinceEpoch(); }

quint64 readNumber(JsonReader &reader, const QString &key, qint64 highest)
{
    return quint64(present(reader, key, reader.integer(key, 0, highest)));
}

QDateTime readTime(JsonReader &reader, const QString &key)
{
    const quint64 at = readNumber(reader, key, MaxUnixMilliseconds);
    return at == 0 ? QDateTime() : QDateTime::fromMSecsSinceEpoch(qint64(at), Qt::UTC);
}

QString readText(JsonReader &reader, const QString &key)
{
    const QString text = present(reader, key, reader.string(key));
    if (text.size() > MaxText)
        reader.reject(key, QStringLiteral("is too long"));
    return text;
}

bool readFlag(JsonReader &reader, const QString &key) { return present(reader, key, reader.boolean(key)); }

quint16 readPort(JsonReader &reader, const QString &key) { return quint16(readNumber(reader, key, 65535)); }

GateReason readReason(JsonReader &reader)
{
    const QString key = QStringLiteral("reason");
    const std::optional<GateReason> reason = gateReasonFromString(reader.requiredString(key));
    if (!reason)
        reader.reject(key, QStringLiteral("is not a known word"));
    return reason.value_or(GateReason::BadFrame);
}

QString readProtocol(JsonReader &reader)
{
    const QString key = QStringLiteral("protocol");
    const QString protocol = present(reader, key, reader.string(key));
    if (!protocol.isEmpty() && protocol != QLatin1String("tcp") && protocol != QLatin1String("udp"))
        reader.reject(key, QStringLiteral("must be tcp, udp or empty"));
    return protocol;
}

QStringList readAddresses(JsonReader &reader)
{
    const QString key = QStringLiteral("addresses");
    const QStringList addresses = present(reader, key, reader.strings(key));
    const bool areAll = std::all_of(addresses.begin(), addresses.end(), isIpv4Address);
    if (addresses.size() > MaxAddresses || !areAll)
        reader.reject(key, QStringLiteral("must hold at most %1 IPv4 addresses").arg(MaxAddresses));
    return addresses;
}

void writePeer(QJsonObject &object, const NetPeer &peer)
{
    object.insert(QStringLiteral("protocol"), peer.protocol);
    object.insert(QStringLiteral("direction"), QString::fromLatin1(Directions[std::size_t(peer.direction)]));
    object.insert(QStringLiteral("address"), peer.address);
    object.insert(QStringLiteral("port"), peer.port);
    object.insert(QStringLiteral("name"), peer.name);
    object.insert(QStringLiteral("name_origin"), QString::fromLatin1(Origins[std::size_t(peer.nameOrigin)]));
}

NetPeer readPeer(JsonReader &reader)
{
    NetPeer peer;
    peer.protocol = readProtocol(reader);
    peer.direction = FlowDirection(readWord(reader, QStringLiteral("direction"), Directions));
    peer.address = readText(reader, QStringLiteral("address"));
    if (!peer.address.isEmpty() && !isIpv4Address(peer.address))
        reader.reject(QStringLiteral("address"), QStringLiteral("must be an IPv4 address or empty"));
    peer.port = readPort(reader, QStringLiteral("port"));
    peer.name = readText(reader, QStringLiteral("name"));
    peer.nameOrigin = NameOrigin(readWord(reader, QStringLiteral("name_origin"), Origins));
    return peer;
}

void writeTraffic(QJsonObject &object, const NetTraffic &traffic)
{
    object.insert(QStringLiteral("bytes_sent"), number(traffic.bytesSent));
    object.insert(QStringLiteral("bytes_received"), number(traffic.bytesReceived));
    object.insert(QStringLiteral("packets_sent"), number(traffic.packetsSent));
    object.insert(QStringLiteral("packets_received"), number(traffic.packetsReceived));
}

NetTraffic readTraffic(JsonReader &reader)
{
    NetTraffic traffic;
    traffic.bytesSent = readNumber(reader, QStringLiteral("bytes_sent"));
    traffic.bytesReceived = readNumber(reader, QStringLiteral("bytes_received"));
    traffic.packetsSent = readNumber(reader, QStringLiteral("packets_sent"));
    traffic.packetsReceived = readNumber(reader, QStringLiteral("packets_received"));
    return traffic;
}

QString wordOf(DnsResult result) { return QString::fromLatin1(Results[std::size_t(result)]); }

DnsResult readResult(JsonReader &reader)
{
    return DnsResult(readWord(reader, QStringLiteral("result"), Results));
}

} // namespace boxgate::report
