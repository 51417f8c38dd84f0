#pragma once

#include "core/image/digest.h"
#include "core/image/disk/ext4geometry.h"

#include <QByteArray>

#include <memory>

struct struct_ext2_filsys;
struct ext2_inode_large;

namespace boxgate {

/// An ext4 file system being made in a sparse file, through libext2fs: no privilege, no mount.
///
/// It has what the guest's kernel 6.1 needs to mount it fast and to grow it while mounted: 64bit, extents,
/// metadata_csum, flex_bg, resize_inode with descriptor blocks for 1 TiB, a journal, and inode tables that
/// count as initialised (holes of a sparse file read as zeros), so that no background thread writes them
/// again in every box. All its times and ids follow from the identity: the same calls give the same bytes.
/// Thread: any, one at a time. Lifetime: make(), writes, finish(); destroyed without finish() it leaves a
/// useless file.
class Ext4Image
{
public:
    /// A run of a file's blocks.
    struct Extent
    {
        quint64 logical = 0; ///< first block within the file
        quint64 physical = 0; ///< first block within the file system
        quint32 length = 0; ///< in blocks
    };

    static constexpr quint32 RootInode = 2;
    /// "lost+found" must have the first free one.
    static constexpr quint32 FirstInode = 11;

    /// file       must exist and be empty; grows to the size of geometry, sparse
    /// identity   UUID and hash seed follow from it
    /// Errors     DiskFull, Denied, Io
    static Result<std::unique_ptr<Ext4Image>> make(const QString &file, const Ext4Geometry &geometry,
                                                   const Digest &identity);
    ~Ext4Image();

    /// Takes the next free inode.
    Result<quint32> takeInode(FileType type);

    /// Writes an inode with everything but contents: attributes, device numbers, extended attributes, short
    /// link targets.
    Result<void> writeInode(quint32 inode, const FileAttributes &attributes, quint16 links);

    /// Takes free blocks: between one and wanted of them, in a row.
    Result<Extent> takeBlocks(quint64 logical, quint32 wanted);
    /// bytes   a multiple of the block size, at most extent's length
    Result<void> writeBlocks(const Extent &extent, const char *bytes, quint32 blocks);
    Result<void> writeDirectoryBlock(quint32 inode, quint64 block, QByteArray bytes);

    /// Gives an inode its contents: extents in rising order, and its size in bytes.
    Result<void> setContents(quint32 inode, const QList<Extent> &extents, quint64 size);

    /// Writes all that is still in memory, bitmaps, descriptors, superblocks, to the disk.
    Result<void> finish();

private:
    struct FilesystemFree
    {
        void operator()(struct_ext2_filsys *fs) const;
    };

    explicit Ext4Image(struct_ext2_filsys *fs);

    Result<void> makeTables(const Ext4Geometry &geometry);
    Result<void> setXattrs(quint32 inode, const FileAttributes &attributes);
    static Result<void> check(long code, const QString &doing);

    std::unique_ptr<struct_ext2_filsys, FilesystemFree> m_fs;
    quint32 m_nextInode = FirstInode;
    quint64 m_nextBlock = 0;
};

} // namespace boxgate
