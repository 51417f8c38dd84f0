#pragma once

#include "core/base/bytes.h"
#include "core/image/disk/layertree.h"

namespace boxgate {

/// What a tree of files takes up in an ext4 file system, apart from the file system's own tables.
struct ContentSize
{
    quint64 inodes = 0;
    quint64 blocks = 0; ///< of 4096 bytes; an upper bound, since holes take none

    static ContentSize of(const TreeInode &root);
};

/// The size of an ext4 file system and of its tables.
struct Ext4Geometry
{
    quint64 blocks = 0; ///< of 4096 bytes
    quint32 inodes = 0;
    quint32 journalBlocks = 0;

    static constexpr quint32 BlockBytes = 4096;
    static constexpr quint32 BlocksPerGroup = 32768;
    static constexpr quint32 InodeBytes = 256;
    /// One inode for each 16 KiB, as mke2fs has it. Growth keeps the number per group.
    static constexpr quint32 InodesPerGroup = 8192;
    /// Blocks of group descriptors for 1 TiB: up to there a mounted file system grows without changing its
    /// layout.
    static constexpr quint32 DescriptorBlocks = 128;

    Bytes size() const { return Bytes(blocks * BlockBytes); }

    /// The smallest that holds content and is not below minimum.
    static Ext4Geometry fitting(const ContentSize &content, Bytes minimum, Bytes journal);
};

} // namespace boxgate
