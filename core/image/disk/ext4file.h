#pragma once

#include "core/image/disk/ext4image.h"

namespace boxgate {

/// Streams the contents of one file into an Ext4Image. Blocks of zeros become holes.
///
/// Thread: the image's. Memory: one buffer of 1 MiB. Lifetime: shorter than the image's; finish() gives the
/// inode its contents.
class Ext4File
{
public:
    /// size   of the file, in bytes; what write() brings beyond is an error
    Ext4File(Ext4Image &image, quint32 inode, quint64 size);

    /// offset   not below the end of what was written before
    /// Errors   Corrupt: offset goes back, or the data goes beyond size
    Result<void> write(quint64 offset, const char *data, std::size_t size);

    Result<void> finish();

private:
    static constexpr qsizetype BufferBytes = 1 << 20;

    Result<void> flush();
    Result<void> store(quint64 logical, const char *bytes, quint32 blocks);

    Ext4Image &m_image;
    const quint32 m_inode;
    const quint64 m_size;
    QByteArray m_buffer; ///< the bytes from m_start on
    quint64 m_start = 0; ///< a multiple of the block size
    QList<Ext4Image::Extent> m_extents;
};

} // namespace boxgate
