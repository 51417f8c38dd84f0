#pragma once

#include <QByteArray>
#include <QList>

namespace boxgate {

/// One name in an ext4 directory.
struct DirectoryRecord
{
    quint32 inode = 0;
    quint8 fileType = 0; ///< EXT2_FT_*
    QByteArray name; ///< 1..255 bytes
};

/// Lays a directory out as linear ext4 blocks of 4096 bytes, each with room for the checksum that is set when
/// it is written.
/// "." and ".." come first, then the records in their order. A pure function.
/// Source   Linux Documentation/filesystems/ext4/directory.rst
QList<QByteArray> directoryBlocks(quint32 self, quint32 parent, const QList<DirectoryRecord> &records);

/// How many blocks directoryBlocks() makes of names of these lengths.
class DirectorySize
{
public:
    DirectorySize();
    void add(qsizetype nameBytes);
    quint64 blocks() const { return m_blocks; }

private:
    quint64 m_blocks = 1;
    quint32 m_used;
};

} // namespace boxgate
