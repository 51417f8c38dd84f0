#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QtGlobal>

namespace boxgate {

/// Running totals of one box's network since its start. Directions are the box's: sent = from the box. Bytes
/// are those of the frames, Ethernet header included.
struct NetCounters
{
    quint64 bytesSent = 0;
    quint64 bytesReceived = 0;
    quint64 packetsSent = 0;
    quint64 packetsReceived = 0;
    quint64 packetsBlocked = 0; ///< frames of the box that the gate did not let pass
    quint64 tcpEstablished = 0; ///< connections that were established
    quint64 tcpFailed = 0; ///< attempts that the other side or the host refused
    quint64 tcpOpen = 0; ///< connections open now

    QJsonObject toJson() const;
    static NetCounters fromJson(const QJsonObject &object);

    bool operator==(const NetCounters &) const = default;
};

/// What passed in one second of wall-clock time.
struct NetSample
{
    qint64 second = 0; ///< Unix time of its begin
    quint64 bytesSent = 0;
    quint64 bytesReceived = 0;
    quint64 packetsBlocked = 0;

    QJsonObject toJson() const;
    static NetSample fromJson(const QJsonObject &object);

    bool operator==(const NetSample &) const = default;
};

/// What a running box uses.
struct BoxUsage
{
    double cpuPercent = 0; ///< of one host CPU, QEMU and runner together
    quint64 memoryUsed = 0; ///< bytes in use inside the guest
    quint64 memoryTotal = 0; ///< bytes the guest has
    quint64 diskUsed = 0; ///< bytes of the guest's root file system
    quint64 diskTotal = 0;
    int processes = 0;

    QJsonObject toJson() const;
    static BoxUsage fromJson(const QJsonObject &object);

    bool operator==(const BoxUsage &) const = default;
};

} // namespace boxgate
