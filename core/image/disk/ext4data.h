#pragma once

#include "core/image/disk/layertree.h"

#include <QFile>

struct struct_ext2_filsys;

namespace boxgate {

/// The contents in an ext4 file system being made: blocks in rising order, written in large pieces past
/// libext2fs.
///
/// A block that was written belongs to nobody until claim(). That way a file of a layer can be written before
/// it is known whether a later layer replaces it, and dropUnclaimed() gives back what nobody claimed. Thread:
/// the image's. Memory: 1 MiB. The same calls take the same blocks.
class Ext4Data
{
public:
    explicit Ext4Data(struct_ext2_filsys *fs);

    /// Errors   NotFound, Denied
    Result<void> open(const QString &file);

    /// Writes whole blocks of a file, behind all that was written before.
    /// logical   their place in the file; not below what extents holds
    /// extents   grows by where they went
    /// Errors    DiskFull; Internal with isFull(): the file system has too few blocks
    Result<void> append(quint64 logical, const char *bytes, quint64 blocks, QList<Extent> &extents);

    /// Takes blocks for good.
    void claim(const QList<Extent> &extents);

    /// The place of the next block, for a later goOnAt() on the same file.
    Result<quint64> flushed();
    void goOnAt(quint64 block) { m_next = block; }

    /// Makes a hole of blocks.
    Result<void> drop(quint64 first, quint64 blocks);
    /// Makes holes of what was written and not claimed. The last step.
    Result<void> dropUnclaimed();

    bool isFull() const { return m_full; }

private:
    Result<Extent> take(quint64 logical, quint64 wanted);
    Result<void> write(quint64 block, const char *bytes, qsizetype size);
    Result<void> writeOut(quint64 block, const char *bytes, qsizetype size);
    Result<void> flush();

    struct_ext2_filsys *m_fs;
    QFile m_file;
    QByteArray m_buffer; ///< of the blocks from m_bufferBlock on
    quint64 m_bufferBlock = 0;
    quint64 m_next = 0;
    qint64 m_notBegun = 0; ///< bytes since the last beginSync()
    bool m_full = false;
};

} // namespace boxgate
