#pragma once

#include "core/image/disk/ext4data.h"

namespace boxgate {

/// Streams the contents of one file into an Ext4Data. Blocks of zeros become holes.
///
/// Thread: the image's. Memory: one block. Where the pieces that write() gets begin and end makes no
/// difference to the result.
class Ext4File
{
public:
    /// size      of the file, in bytes; what write() brings beyond is an error
    /// extents   empty; whole after finish()
    Ext4File(Ext4Data &data, quint64 size, QList<Extent> &extents);

    /// offset   not below the end of what was written before
    /// Errors   Corrupt: offset goes back, or the data goes beyond size; those of Ext4Data
    Result<void> write(quint64 offset, const char *bytes, std::size_t size);

    Result<void> finish();

private:
    Result<void> startAt(quint64 offset);
    Result<void> fillBlock(const char *&bytes, std::size_t &size);
    Result<void> store(const char *bytes, quint64 blocks);

    Ext4Data &m_data;
    const quint64 m_size;
    QList<Extent> &m_extents;
    QByteArray m_partial; ///< the begin of the block m_block
    quint64 m_block = 0; ///< those before it are done
};

} // namespace boxgate
