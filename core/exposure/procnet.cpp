#include "core/exposure/procnet.h"

#include <QtEndian>

#include <cstring>
#include <optional>

namespace boxgate {

namespace {

/// Linux include/net/tcp_states.h. A UDP socket without a peer is in TCP_CLOSE.
constexpr quint64 TcpListen = 0x0A;
constexpr quint64 UdpUnconnected = 0x07;
constexpr qsizetype MaxRows = 65536;

std::optional<quint64> number(QByteArrayView text, int base)
{
    bool ok = false;
    const quint64 value = text.toULongLong(&ok, base);
    return ok ? std::optional(value) : std::nullopt;
}

/// Each word of eight digits is the address's bytes read as a number of the host's byte order.
std::optional<QHostAddress> address(QByteArrayView hex)
{
    if (hex.size() != 8 && hex.size() != 32)
        return std::nullopt;
    quint8 bytes[16]{};
    for (qsizetype i = 0; i < hex.size() / 8; ++i) {
        const auto word = number(hex.sliced(i * 8, 8), 16);
        if (!word)
            return std::nullopt;
        const quint32 host = quint32(*word);
        std::memcpy(bytes + i * 4, &host, sizeof host);
    }
    if (hex.size() == 8)
        return QHostAddress(qFromBigEndian<quint32>(bytes));
    return QHostAddress(bytes);
}

QList<QByteArrayView> fields(QByteArrayView line)
{
    QList<QByteArrayView> list;
    qsizetype at = 0;
    while (at < line.size()) {
        while (at < line.size() && line[at] == ' ')
            ++at;
        const qsizetype start = at;
        while (at < line.size() && line[at] != ' ')
            ++at;
        if (at > start)
            list.append(line.sliced(start, at - start));
    }
    return list;
}

/// "  0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 4711 ..."
std::optional<ListeningSocket> parseRow(QByteArrayView line, Protocol protocol)
{
    const QList<QByteArrayView> columns = fields(line);
    if (columns.size() < 10)
        return std::nullopt;
    const qsizetype colon = columns[1].indexOf(':');
    const auto state = number(columns[3], 16);
    const auto inode = number(columns[9], 10);
    if (colon < 0 || !inode || state != (protocol == Protocol::Tcp ? TcpListen : UdpUnconnected))
        return std::nullopt;
    const auto local = address(columns[1].first(colon));
    const auto port = number(columns[1].sliced(colon + 1), 16);
    if (!local || !port || *port == 0 || *port > 0xFFFF)
        return std::nullopt;
    return ListeningSocket{protocol, *local, quint16(*port), *inode};
}

} // namespace

QList<ListeningSocket> parseSocketTable(QByteArrayView table, Protocol protocol)
{
    QList<ListeningSocket> sockets;
    qsizetype start = 0;
    while (start < table.size() && sockets.size() < MaxRows) {
        qsizetype end = table.indexOf('\n', start);
        if (end < 0)
            end = table.size();
        // The heading is no row: its second column holds no colon.
        if (const auto socket = parseRow(table.sliced(start, end - start), protocol))
            sockets.append(*socket);
        start = end + 1;
    }
    return sockets;
}

quint64 socketInode(QByteArrayView link)
{
    constexpr QByteArrayView prefix("socket:[");
    if (!link.startsWith(prefix) || !link.endsWith(']'))
        return 0;
    return number(link.sliced(prefix.size(), link.size() - prefix.size() - 1), 10).value_or(0);
}

} // namespace boxgate
