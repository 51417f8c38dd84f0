#include "tests/data/layers/rawtar.h"

#include <QList>

#include <cstring>

namespace boxgate {

namespace {

constexpr qsizetype RecordBytes = 512;

QByteArray octal(quint64 number, qsizetype digits)
{
    return QByteArray::number(number, 8).rightJustified(digits, '0') + '\0';
}

/// Base 256, two's complement, where octal digits do not reach.
QByteArray number(qint64 value, qsizetype bytes)
{
    if (value >= 0 && value < (1LL << (3 * (bytes - 1))))
        return octal(quint64(value), bytes - 1);
    QByteArray field(bytes, value < 0 ? '\xFF' : '\0');
    for (qsizetype i = 0; i < 8 && i < bytes; ++i)
        field[bytes - 1 - i] = char(quint64(value) >> (8 * i));
    field[0] = char(value < 0 ? 0xFF : 0x80);
    return field;
}

void put(QByteArray &block, qsizetype at, const QByteArray &bytes)
{
    std::memcpy(block.data() + at, bytes.constData(), std::size_t(bytes.size()));
}

} // namespace

QByteArray RawTar::block(const Header &header) const
{
    QByteArray block(RecordBytes, '\0');
    put(block, 0, header.name.left(100));
    put(block, 100, octal(header.mode, 7));
    put(block, 108, number(qint64(header.uid), 8));
    put(block, 116, octal(0, 7));
    put(block, 124, number(qint64(header.size), 12));
    put(block, 136, number(header.mtime, 12));
    block[156] = header.type;
    put(block, 157, header.link.left(100));
    put(block, 257, header.isGnu ? QByteArray("ustar  \0", 8) : QByteArray("ustar\00000", 8));
    return block;
}

void RawTar::append(QByteArray block, const QByteArray &contents)
{
    put(block, 148, QByteArray(8, ' '));
    unsigned sum = 0;
    for (const char byte : block)
        sum += quint8(byte);
    put(block, 148, octal(sum, 6) + ' ');
    m_bytes +=
        block + contents + QByteArray((RecordBytes - contents.size() % RecordBytes) % RecordBytes, '\0');
}

RawTar &RawTar::add(const Header &header, const QByteArray &contents)
{
    append(block(header), contents);
    return *this;
}

RawTar &RawTar::file(const QByteArray &name, const QByteArray &contents)
{
    Header header;
    header.name = name;
    header.size = quint64(contents.size());
    return add(header, contents);
}

RawTar &RawTar::pax(const QList<std::pair<QByteArray, QByteArray>> &records, char type)
{
    QByteArray contents;
    for (const auto &[key, value] : records) {
        // The length counts itself.
        const QByteArray rest = ' ' + key + '=' + value + '\n';
        qsizetype length = rest.size() + 1;
        while (QByteArray::number(length).size() + rest.size() != length)
            ++length;
        contents += QByteArray::number(length) + rest;
    }
    Header header;
    header.name = "PaxHeaders/x";
    header.type = type;
    header.size = quint64(contents.size());
    return add(header, contents);
}

RawTar &RawTar::gnuSparse(const QByteArray &name, qint64 realSize, qint64 offset, const QByteArray &data)
{
    Header header;
    header.name = name;
    header.type = 'S';
    header.size = quint64(data.size());
    header.isGnu = true;
    QByteArray head = block(header);
    put(head, 386, number(offset, 12) + number(data.size(), 12));
    put(head, 410, number(realSize, 12) + number(0, 12)); // ends at the file's end
    put(head, 483, number(realSize, 12));
    append(head, data);
    return *this;
}

} // namespace boxgate
