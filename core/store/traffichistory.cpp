#include "core/store/traffichistory.h"

#include "core/store/database.h"

#include <QFile>
#include <QSqlError>

#include <algorithm>

namespace boxgate {

namespace {

const QStringList Migrations{QStringLiteral(R"sql(
CREATE TABLE minutes (
    minute INTEGER NOT NULL,           -- Unix time of its begin, s
    protocol TEXT NOT NULL,            -- tcp, udp; empty in the sum of the smallest
    inbound INTEGER NOT NULL,          -- 1: came through a port map
    name TEXT NOT NULL,                -- empty: not known
    address TEXT NOT NULL,             -- empty where the name is known
    port INTEGER NOT NULL,
    bytes_sent INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    packets_sent INTEGER NOT NULL,
    packets_received INTEGER NOT NULL,
    flows INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    PRIMARY KEY (minute, protocol, inbound, name, address, port)
) STRICT, WITHOUT ROWID;
)sql")};

const QString Columns = QStringLiteral(
    "minute, protocol, inbound, name, address, port, bytes_sent, bytes_received, packets_sent, "
    "packets_received, flows, blocked");
/// A domain name has at most 253 characters; more in one would be escapes of a hostile one.
constexpr qsizetype MaxName = 255;

void addUp(NetMinute &sum, const NetMinute &entry)
{
    sum.traffic.bytesSent += entry.traffic.bytesSent;
    sum.traffic.bytesReceived += entry.traffic.bytesReceived;
    sum.traffic.packetsSent += entry.traffic.packetsSent;
    sum.traffic.packetsReceived += entry.traffic.packetsReceived;
    sum.flows += entry.flows;
    sum.blocked += entry.blocked;
}

auto key(const NetMinute &entry)
{
    const NetPeer &peer = entry.peer;
    return std::tie(peer.protocol, peer.direction, peer.name, peer.address, peer.port);
}

quint64 weight(const NetMinute &entry)
{
    return entry.traffic.bytesSent + entry.traffic.bytesReceived + entry.blocked;
}

NetMinute toMinute(const QSqlQuery &row)
{
    const auto number = [&row](int column) { return quint64(std::max(0LL, row.value(column).toLongLong())); };
    NetMinute entry;
    entry.minute = row.value(0).toLongLong();
    entry.peer.protocol = row.value(1).toString();
    entry.peer.direction = row.value(2).toInt() == 1 ? FlowDirection::Inbound : FlowDirection::Outbound;
    entry.peer.name = row.value(3).toString();
    entry.peer.address = row.value(4).toString();
    entry.peer.port = quint16(row.value(5).toUInt());
    entry.traffic = NetTraffic{number(6), number(7), number(8), number(9)};
    entry.flows = number(10);
    entry.blocked = number(11);
    return entry;
}

/// An empty text, because STRICT columns take no NULL.
QString text(const QString &value) { return value.isNull() ? QLatin1String("") : value.left(MaxName); }

QVariantList toRow(const NetMinute &entry)
{
    const auto number = [](quint64 value) { return QVariant(qint64(value & ~(quint64(1) << 63))); };
    return {entry.minute,
            text(entry.peer.protocol),
            entry.peer.direction == FlowDirection::Inbound ? 1 : 0,
            text(entry.peer.name),
            text(entry.peer.address),
            entry.peer.port,
            number(entry.traffic.bytesSent),
            number(entry.traffic.bytesReceived),
            number(entry.traffic.packetsSent),
            number(entry.traffic.packetsReceived),
            number(entry.flows),
            number(entry.blocked)};
}

} // namespace

QList<NetMinute> boundedMinute(const QList<NetMinute> &entries)
{
    QList<NetMinute> sorted = entries;
    for (NetMinute &entry : sorted) {
        entry.peer.name.truncate(MaxName);
        entry.peer.nameOrigin = NameOrigin::None;
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const NetMinute &a, const NetMinute &b) { return key(a) < key(b); });
    QList<NetMinute> single;
    for (const NetMinute &entry : std::as_const(sorted)) {
        if (!single.isEmpty() && key(single.last()) == key(entry))
            addUp(single.last(), entry);
        else
            single.append(entry);
    }
    if (single.size() <= TrafficHistory::MaxPerMinute)
        return single;
    // An earlier sum of the smallest stays one, however large it is.
    const auto isSum = [](const NetMinute &entry) { return entry.peer == NetPeer(); };
    std::stable_sort(single.begin(), single.end(), [&](const NetMinute &a, const NetMinute &b) {
        return isSum(a) != isSum(b) ? isSum(b) : weight(a) > weight(b);
    });
    NetMinute others;
    others.minute = single.first().minute;
    while (single.size() >= TrafficHistory::MaxPerMinute)
        addUp(others, single.takeLast());
    single.append(others);
    return single;
}

TrafficHistory::TrafficHistory(std::unique_ptr<Database> database, qint64 maxRows)
    : m_database(std::move(database))
    , m_maxRows(maxRows)
{ }

TrafficHistory::~TrafficHistory() = default;

Result<std::unique_ptr<TrafficHistory>> TrafficHistory::open(const QString &file, qint64 maxRows)
{
    Result<std::unique_ptr<Database>> database = Database::open(file, Migrations);
    Result<qint64> rows = 0;
    if (database)
        rows = (*database)->number(QStringLiteral("SELECT count(*) FROM minutes"));
    else
        rows = fail(database.error());
    if (!rows && rows.error().code == ErrorCode::Corrupt) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The traffic history %1 is damaged: the box's next run begins a new one")
                        .arg(file),
                    rows.error().detail);
    }
    BOXGATE_TRY(rows);
    std::unique_ptr<TrafficHistory> history(new TrafficHistory(std::move(*database), maxRows));
    history->m_rows = *rows;
    return history;
}

void TrafficHistory::remove(const QString &file)
{
    // A log that stays would be read into the next file.
    for (const char *suffix : {"-wal", "-shm", ""})
        QFile::remove(file + QLatin1String(suffix));
}

Result<void> TrafficHistory::add(const QList<NetMinute> &entries)
{
    if (entries.isEmpty())
        return {};
    const qint64 minute = entries.first().minute;
    return m_database->inTransaction([&]() -> Result<void> {
        const Result<void> replaced = replaceMinute(minute, entries);
        BOXGATE_TRY(replaced);
        return prune(minute);
    });
}

Result<void> TrafficHistory::replaceMinute(qint64 minute, const QList<NetMinute> &entries)
{
    auto present =
        m_database->run(QStringLiteral("SELECT %1 FROM minutes WHERE minute = ?").arg(Columns), {minute});
    BOXGATE_TRY(present);
    QList<NetMinute> all = entries;
    while (present->next())
        all.append(toMinute(*present));
    const auto deleted = m_database->run(QStringLiteral("DELETE FROM minutes WHERE minute = ?"), {minute});
    BOXGATE_TRY(deleted);
    const QList<NetMinute> bounded = boundedMinute(all);
    for (const NetMinute &entry : bounded) {
        const auto inserted = m_database->run(
            QStringLiteral("INSERT INTO minutes (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .arg(Columns),
            toRow(entry));
        BOXGATE_TRY(inserted);
    }
    m_rows += bounded.size();
    return {};
}

Result<void> TrafficHistory::prune(qint64 latest)
{
    // What is far ahead was written by a clock that was wrong, and would outlive everything.
    const auto aged = m_database->run(QStringLiteral("DELETE FROM minutes WHERE minute < ? OR minute > ?"),
                                      {qint64(latest - KeptSeconds), qint64(latest + KeptSeconds)});
    BOXGATE_TRY(aged);
    if (m_rows <= m_maxRows)
        return {};
    const Result<qint64> rows = m_database->number(QStringLiteral("SELECT count(*) FROM minutes"));
    BOXGATE_TRY(rows);
    m_rows = *rows;
    if (m_rows <= m_maxRows)
        return {};
    // Whole minutes, and a sixteenth more than needed, so that this is not done every minute.
    const qint64 surplus = m_rows - m_maxRows + m_maxRows / 16;
    const auto dropped =
        m_database->run(QStringLiteral("DELETE FROM minutes WHERE minute <= "
                                       "(SELECT minute FROM minutes ORDER BY minute LIMIT 1 OFFSET ?)"),
                        {surplus - 1});
    BOXGATE_TRY(dropped);
    const Result<qint64> left = m_database->number(QStringLiteral("SELECT count(*) FROM minutes"));
    BOXGATE_TRY(left);
    m_rows = *left;
    return {};
}

Result<QList<NetMinute>> TrafficHistory::since(qint64 unixTime) const
{
    auto rows = m_database->run(
        QStringLiteral("SELECT %1 FROM minutes WHERE minute >= ? ORDER BY minute DESC LIMIT ?").arg(Columns),
        {unixTime, MaxRead});
    BOXGATE_TRY(rows);
    QList<NetMinute> entries;
    while (rows->next())
        entries.append(toMinute(*rows));
    // SQLite tells damage in the middle by an early end alone.
    if (rows->lastError().isValid()) {
        return fail(ErrorCode::Corrupt, QStringLiteral("The traffic history cannot be read to its end"),
                    rows->lastError().text());
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
}

} // namespace boxgate
