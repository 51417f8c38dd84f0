#include "core/model/dnszone.h"

#include "core/base/jsonreader.h"
#include "core/model/portmapping.h"

#include <QJsonArray>
#include <QStringList>

#include <algorithm>

namespace boxgate {

namespace {

const QString BuiltInZone = QStringLiteral("boxlite.internal");
/// Characters of a refused name in a sentence.
constexpr qsizetype MaxShown = 80;

bool isLabel(const QString &text)
{
    constexpr qsizetype maxLabel = 63;
    return !text.isEmpty() && text.size() <= maxLabel && std::all_of(text.begin(), text.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'-'
            || c == u'_';
    });
}

QString normalized(QString name)
{
    if (name.endsWith(u'.'))
        name.chop(1);
    return name.toLower();
}

} // namespace

bool isDomainName(const QString &text)
{
    constexpr qsizetype maxName = 253;
    const QString name = text.endsWith(u'.') ? text.chopped(1) : text;
    if (name.isEmpty() || name.size() > maxName)
        return false;
    const QStringList labels = name.split(u'.');
    return std::all_of(labels.begin(), labels.end(), isLabel);
}

Result<void> DnsZone::check() const
{
    const auto wrong = [](const QString &sentence) { return fail(ErrorCode::InvalidArgument, sentence); };
    if (!isDomainName(name))
        return wrong(QStringLiteral("'%1' is not a name for a DNS zone: write one such as lab.test")
                         .arg(name.left(MaxShown)));
    const QString zone = normalized(name);
    if (zone == BuiltInZone || zone.endsWith(u'.' + BuiltInZone))
        return wrong(QStringLiteral("The DNS zone %1 is built in and cannot be replaced").arg(BuiltInZone));
    if (!defaultIp.isEmpty() && !isIpv4Address(defaultIp))
        return wrong(QStringLiteral("The default address '%1' of the DNS zone %2 is not an IPv4 address")
                         .arg(defaultIp.left(MaxShown), zone));
    if (records.size() > MaxRecords)
        return wrong(QStringLiteral("The DNS zone %1 has more than %2 records").arg(zone).arg(MaxRecords));
    for (const DnsRecord &record : records) {
        const QString full = record.name.isEmpty() ? zone : record.name + u'.' + zone;
        if (!isDomainName(full) || record.name.endsWith(u'.'))
            return wrong(QStringLiteral("'%1' is not a name in the DNS zone %2")
                             .arg(record.name.left(MaxShown), zone));
        if (!isIpv4Address(record.ip))
            return wrong(QStringLiteral("The address '%1' of %2 is not an IPv4 address")
                             .arg(record.ip.left(MaxShown), full));
    }
    return {};
}

QJsonObject DnsZone::toJson() const
{
    QJsonArray listed;
    for (const DnsRecord &record : records)
        listed.append(QJsonObject{{QStringLiteral("name"), record.name}, {QStringLiteral("ip"), record.ip}});
    return {{QStringLiteral("name"), name},
            {QStringLiteral("records"), listed},
            {QStringLiteral("default_ip"), defaultIp}};
}

Result<DnsZone> DnsZone::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("zones"));
    DnsZone zone;
    zone.name = reader.requiredString(QStringLiteral("name"));
    zone.defaultIp = reader.string(QStringLiteral("default_ip")).value_or(QString());
    const QJsonArray listed = reader.array(QStringLiteral("records")).value_or(QJsonArray());
    for (const QJsonValue &value : listed) {
        JsonReader fields(value.toObject(), QStringLiteral("zones.records"));
        DnsRecord record;
        record.name = fields.string(QStringLiteral("name")).value_or(QString());
        record.ip = fields.requiredString(QStringLiteral("ip"));
        const Result<void> complete = fields.finish();
        BOXGATE_TRY(complete);
        zone.records.append(record);
    }
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return zone;
}

} // namespace boxgate
