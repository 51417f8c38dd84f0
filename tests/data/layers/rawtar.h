#pragma once

#include <QByteArray>

#include <utility>

namespace boxgate {

/// Puts tars together byte by byte, for what no library writes. A value.
/// Source   POSIX.1-2017 pax, section ustar Interchange Format; GNU tar manual, Standard; Storing Sparse
/// Files
class RawTar
{
public:
    struct Header
    {
        QByteArray name; ///< at most 100 bytes
        char type = '0';
        quint64 size = 0;
        unsigned mode = 0644;
        quint64 uid = 0;
        qint64 mtime = 0; ///< may be negative: base 256
        QByteArray link; ///< at most 100 bytes
        bool isGnu = false;
    };

    /// A header and contents, padded.
    RawTar &add(const Header &header, const QByteArray &contents = {});
    RawTar &file(const QByteArray &name, const QByteArray &contents);
    /// Records of a pax header for the next entry, or with 'g' for all that follow.
    RawTar &pax(const QList<std::pair<QByteArray, QByteArray>> &records, char type = 'x');
    /// GNU's old sparse format: data at offset, in a file of realSize.
    RawTar &gnuSparse(const QByteArray &name, qint64 realSize, qint64 offset, const QByteArray &data);

    /// The two empty records at the end, or nothing.
    QByteArray finish() const { return m_bytes + QByteArray(1024, '\0'); }
    QByteArray unfinished() const { return m_bytes; }

private:
    QByteArray block(const Header &header) const;
    void append(QByteArray block, const QByteArray &contents);

    QByteArray m_bytes;
};

} // namespace boxgate
