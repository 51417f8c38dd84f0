#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QList>
#include <QString>

namespace boxgate {

/// One name that a zone answers.
struct DnsRecord
{
    QString name; ///< label or labels below the zone; empty: the zone itself
    QString ip; ///< IPv4

    bool operator==(const DnsRecord &) const = default;
};

/// Names that the box's DNS answers by itself, before it asks outside. The built-in zone boxlite.internal
/// comes first and cannot be replaced; several zones of one name add up.
struct DnsZone
{
    QString name; ///< with or without the trailing dot
    QList<DnsRecord> records;
    QString defaultIp; ///< IPv4 of every other name in the zone; empty: there is no other name

    static constexpr qsizetype MaxRecords = 1024;

    /// Errors   InvalidArgument: the name or address that cannot be used
    Result<void> check() const;

    /// {"name", "records": [{"name", "ip"}], "default_ip"}
    QJsonObject toJson() const;
    static Result<DnsZone> fromJson(const QJsonObject &object);

    bool operator==(const DnsZone &) const = default;
};

/// Whether text is a domain name that a query can carry: labels of 1 to 63 letters, digits, '-' and '_', at
/// most 253 characters; a trailing dot is allowed. Source   RFC 1035, 2.3.4; RFC 2181, 11
bool isDomainName(const QString &text);

} // namespace boxgate
