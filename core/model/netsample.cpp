#include "core/model/netsample.h"

namespace boxgate {

namespace {

quint64 count(const QJsonObject &object, const QString &key)
{
    const qint64 value = object.value(key).toInteger();
    return value > 0 ? quint64(value) : 0;
}

} // namespace

QJsonObject NetCounters::toJson() const
{
    return {{QStringLiteral("bytes_sent"), qint64(bytesSent)},
            {QStringLiteral("bytes_received"), qint64(bytesReceived)},
            {QStringLiteral("packets_sent"), qint64(packetsSent)},
            {QStringLiteral("packets_received"), qint64(packetsReceived)},
            {QStringLiteral("packets_blocked"), qint64(packetsBlocked)},
            {QStringLiteral("tcp_established"), qint64(tcpEstablished)},
            {QStringLiteral("tcp_failed"), qint64(tcpFailed)},
            {QStringLiteral("tcp_open"), qint64(tcpOpen)}};
}

NetCounters NetCounters::fromJson(const QJsonObject &object)
{
    return NetCounters{.bytesSent = count(object, QStringLiteral("bytes_sent")),
                       .bytesReceived = count(object, QStringLiteral("bytes_received")),
                       .packetsSent = count(object, QStringLiteral("packets_sent")),
                       .packetsReceived = count(object, QStringLiteral("packets_received")),
                       .packetsBlocked = count(object, QStringLiteral("packets_blocked")),
                       .tcpEstablished = count(object, QStringLiteral("tcp_established")),
                       .tcpFailed = count(object, QStringLiteral("tcp_failed")),
                       .tcpOpen = count(object, QStringLiteral("tcp_open"))};
}

QJsonObject NetSample::toJson() const
{
    return {{QStringLiteral("second"), second},
            {QStringLiteral("bytes_sent"), qint64(bytesSent)},
            {QStringLiteral("bytes_received"), qint64(bytesReceived)},
            {QStringLiteral("packets_blocked"), qint64(packetsBlocked)}};
}

NetSample NetSample::fromJson(const QJsonObject &object)
{
    return NetSample{.second = object.value(QStringLiteral("second")).toInteger(),
                     .bytesSent = count(object, QStringLiteral("bytes_sent")),
                     .bytesReceived = count(object, QStringLiteral("bytes_received")),
                     .packetsBlocked = count(object, QStringLiteral("packets_blocked"))};
}

QJsonObject BoxUsage::toJson() const
{
    return {{QStringLiteral("cpu_percent"), cpuPercent},
            {QStringLiteral("memory_used"), qint64(memoryUsed)},
            {QStringLiteral("memory_total"), qint64(memoryTotal)},
            {QStringLiteral("disk_used"), qint64(diskUsed)},
            {QStringLiteral("disk_total"), qint64(diskTotal)},
            {QStringLiteral("processes"), processes}};
}

BoxUsage BoxUsage::fromJson(const QJsonObject &object)
{
    return BoxUsage{.cpuPercent = object.value(QStringLiteral("cpu_percent")).toDouble(),
                    .memoryUsed = count(object, QStringLiteral("memory_used")),
                    .memoryTotal = count(object, QStringLiteral("memory_total")),
                    .diskUsed = count(object, QStringLiteral("disk_used")),
                    .diskTotal = count(object, QStringLiteral("disk_total")),
                    .processes = object.value(QStringLiteral("processes")).toInt()};
}

} // namespace boxgate
