#pragma once

#include "core/base/jsonreader.h"
#include "core/model/netreport.h"

/// The JSON fields that the gate's reports share. For netreport*json.cpp alone.
namespace boxgate::report {

/// Whole numbers up to here are exact in JSON; counters that pass it stay there.
constexpr qint64 MaxExact = 1LL << 53;
/// Characters of a name, a rule, a sentence or a path; more is no report of a runner.
constexpr qsizetype MaxText = 4096;

qint64 number(quint64 value);
/// Unix milliseconds; 0 for a null time.
qint64 unixTime(const QDateTime &time);

// Each records "is missing" or what is wrong, and yields a default then.
quint64 readNumber(JsonReader &reader, const QString &key, qint64 highest = MaxExact);
QDateTime readTime(JsonReader &reader, const QString &key);
QString readText(JsonReader &reader, const QString &key);
bool readFlag(JsonReader &reader, const QString &key);
quint16 readPort(JsonReader &reader, const QString &key);
GateReason readReason(JsonReader &reader);
/// "tcp", "udp" or empty.
QString readProtocol(JsonReader &reader);
/// At most 64 of them.
QStringList readAddresses(JsonReader &reader);

void writePeer(QJsonObject &object, const NetPeer &peer);
NetPeer readPeer(JsonReader &reader);
void writeTraffic(QJsonObject &object, const NetTraffic &traffic);
NetTraffic readTraffic(JsonReader &reader);

QString wordOf(DnsResult result);
DnsResult readResult(JsonReader &reader);

} // namespace boxgate::report
