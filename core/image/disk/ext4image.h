#pragma once

#include "core/image/digest.h"
#include "core/image/disk/ext4data.h"
#include "core/image/disk/ext4geometry.h"

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
    static constexpr quint32 RootInode = 2;
    /// "lost+found" must have the first free one.
    static constexpr quint32 FirstInode = 11;

    /// What an inode leads to.
    struct Contents
    {
        QList<Extent> extents; ///< in rising order, claimed
        quint64 size = 0; ///< bytes
    };

    /// file       must exist; grows to the size of geometry, sparse. What an earlier build's Ext4Data wrote
    /// stays identity   UUID and hash seed follow from it Errors     DiskFull, Denied, Io
    static Result<std::unique_ptr<Ext4Image>> make(const QString &file, const Ext4Geometry &geometry,
                                                   const Digest &identity);
    ~Ext4Image();

    Ext4Data &data() { return m_data; }

    /// Takes the next free inode.
    Result<quint32> takeInode(FileType type);

    /// Writes an inode with all that belongs to it: attributes, device numbers, extended attributes,
    /// contents; of short link targets, those in the inode itself. Times that ext4 cannot hold become the
    /// nearest ones.
    Result<void> writeInode(quint32 inode, const FileAttributes &attributes, quint16 links,
                            const Contents &contents);

    /// Gives a directory's block the checksum that belongs into it.
    /// block   4096 bytes
    Result<void> seal(quint32 inode, QByteArray &block);

    /// Writes all that is still in memory, bitmaps, descriptors, superblocks.
    Result<void> finish();

    /// Whether something failed since the file system has too few blocks or inodes.
    bool isFull() const { return m_full || m_data.isFull(); }

private:
    struct FilesystemFree
    {
        void operator()(struct_ext2_filsys *fs) const;
    };

    explicit Ext4Image(struct_ext2_filsys *fs);

    enum class Tables
    {
        AreEmpty,
        AreFilled ///< by an earlier build that did not finish
    };

    Result<void> makeTables(const Ext4Geometry &geometry, Tables before);
    Result<void> setXattrs(quint32 inode, const FileAttributes &attributes);
    Result<void> setExtents(quint32 inode, const QList<Extent> &extents);
    Result<void> check(long code, const QString &doing);

    std::unique_ptr<struct_ext2_filsys, FilesystemFree> m_fs;
    quint32 m_nextInode = FirstInode;
    Ext4Data m_data;
    bool m_full = false;
};

} // namespace boxgate
