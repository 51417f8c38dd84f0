#pragma once

#include <QByteArray>

/// What clients say first.
namespace boxgate::test {

inline QByteArray bigEndian(qsizetype value, int bytes)
{
    QByteArray result;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        result += char(value >> shift);
    return result;
}

/// A TLS vector: its size in that many bytes, then its contents.
inline QByteArray sized(int bytes, const QByteArray &contents)
{
    return bigEndian(contents.size(), bytes) + contents;
}

/// A ClientHello.
/// name      its server name, the last thing in it; empty: none
/// padding   bytes that make it longer
inline QByteArray tlsHello(const QByteArray &name, int padding = 0)
{
    QByteArray extensions;
    if (padding > 0)
        extensions += bigEndian(21, 2) + sized(2, QByteArray(padding, '\0')); // RFC 7685
    if (!name.isEmpty())
        extensions += bigEndian(0, 2) + sized(2, sized(2, QByteArray(1, '\0') + sized(2, name)));
    const QByteArray body = QByteArray::fromHex("0303") + QByteArray(32, 'r') + sized(1, QByteArray(32, 's'))
        + sized(2, QByteArray::fromHex("130113021303c02f")) + sized(1, QByteArray(1, '\0'))
        + sized(2, extensions);
    return QByteArray::fromHex("160301") + sized(2, '\1' + sized(3, body));
}

inline QByteArray httpHead(const QByteArray &host, const QByteArray &target = "/")
{
    return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n\r\n";
}

} // namespace boxgate::test
