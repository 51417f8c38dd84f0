#pragma once

#include <QByteArray>
#include <QRandomGenerator>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

/// Streams of bytes, ways to cut them, and TLS hellos built from their parts.
namespace boxgate::net::test {

inline std::span<const uint8_t> bytesOf(const QByteArray &stream)
{
    return {reinterpret_cast<const uint8_t *>(stream.data()), size_t(stream.size())};
}

/// Sizes of the stream as it arrives: in one piece, byte by byte, in two pieces cut anywhere (in a long
/// stream at some places), and in random pieces.
inline std::vector<std::vector<size_t>> cuttings(size_t size)
{
    std::vector<std::vector<size_t>> all{{size}};
    std::vector<size_t> bytes(size);
    for (size_t i = 0; i < size; ++i)
        bytes[i] = i + 1;
    all.push_back(bytes);
    for (size_t cut = 1; cut < size; cut += 1 + size / 1000)
        all.push_back({cut, size});
    QRandomGenerator random(1);
    for (int i = 0; i < 20; ++i) {
        std::vector<size_t> cuts;
        for (size_t at = 0; at < size; cuts.push_back(at))
            at = std::min(size, at + 1 + random.bounded(200u));
        all.push_back(cuts);
    }
    return all;
}

inline QByteArray number(uint32_t value, int bytes)
{
    QByteArray result;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        result += char(value >> shift);
    return result;
}

/// A TLS vector: its size in that many bytes, then its contents.
inline QByteArray sized(int bytes, const QByteArray &contents)
{
    return number(uint32_t(contents.size()), bytes) + contents;
}

inline QByteArray extension(uint16_t type, const QByteArray &contents)
{
    return number(type, 2) + sized(2, contents);
}

inline QByteArray serverName(const QByteArray &name)
{
    return extension(0, sized(2, QByteArray(1, '\0') + sized(2, name)));
}

/// The parts of a ClientHello, as a modest client would fill them.
struct HelloParts
{
    QByteArray version = QByteArray::fromHex("0303");
    QByteArray random = QByteArray(32, 'r');
    QByteArray sessionId = sized(1, QByteArray(32, 's'));
    QByteArray suites = sized(2, QByteArray::fromHex("130113021303c02f"));
    QByteArray compressions = sized(1, QByteArray(1, '\0'));
    QByteArray extensions = sized(2, serverName("www.example.com"));

    QByteArray body() const { return version + random + sessionId + suites + compressions + extensions; }
    QByteArray message() const { return QByteArray(1, '\1') + sized(3, body()); }
};

inline QByteArray record(const QByteArray &fragment, const QByteArray &typeAndVersion = "\x16\x03\x01")
{
    return typeAndVersion + sized(2, fragment);
}

/// The message in records of that many bytes.
inline QByteArray records(const QByteArray &message, qsizetype size)
{
    QByteArray stream;
    for (qsizetype at = 0; at < message.size(); at += size)
        stream += record(message.mid(at, size));
    return stream;
}

/// A hello with these extensions.
inline QByteArray helloWith(const QByteArray &extensions)
{
    HelloParts parts;
    parts.extensions = sized(2, extensions);
    return record(parts.message());
}

} // namespace boxgate::net::test
