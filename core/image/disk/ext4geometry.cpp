#include "core/image/disk/ext4geometry.h"

#include "core/image/disk/ext4directory.h"

#include <algorithm>
#include <set>
#include <vector>

namespace boxgate {

namespace {

constexpr quint64 BlockBytes = Ext4Geometry::BlockBytes;
constexpr quint64 ReservedInodes = 11;
/// Targets shorter than the block map live in the inode.
constexpr qsizetype FastLinkBytes = 60;
/// Below it a file has at most the four extents that fit into the inode, wherever groups end.
constexpr quint64 FewExtentsBlocks = 4096;

quint64 blocksOf(const TreeInode &inode)
{
    const FileAttributes &attributes = inode.attributes;
    quint64 blocks = attributes.xattrs.isEmpty() ? 0 : 1;
    if (attributes.type == FileType::Regular) {
        const quint64 data = (attributes.size + BlockBytes - 1) / BlockBytes;
        blocks += data;
        if (data > FewExtentsBlocks)
            blocks += 2 + data / Ext4Geometry::BlocksPerGroup;
    } else if (attributes.type == FileType::Symlink && attributes.target.size() >= FastLinkBytes) {
        ++blocks;
    }
    return blocks;
}

/// Whether a group holds a copy of superblock and descriptors: 0, 1 and the powers of 3, 5 and 7.
bool hasBackup(quint64 group)
{
    if (group <= 1)
        return true;
    for (const quint64 base : {3, 5, 7}) {
        quint64 power = base;
        while (power < group)
            power *= base;
        if (power == group)
            return true;
    }
    return false;
}

quint64 overheadBlocks(quint64 groups, quint64 inodesPerGroup)
{
    quint64 blocks = groups * (2 + inodesPerGroup * Ext4Geometry::InodeBytes / BlockBytes);
    for (quint64 group = 0; group < groups; ++group)
        blocks += hasBackup(group) ? 1 + Ext4Geometry::DescriptorBlocks : 0;
    return blocks;
}

} // namespace

ContentSize ContentSize::of(const TreeInode &root)
{
    ContentSize size;
    std::set<const TreeInode *> linked;
    std::vector<const TreeInode *> pending{&root};
    while (!pending.empty()) {
        const TreeInode &inode = *pending.back();
        pending.pop_back();
        ++size.inodes;
        size.blocks += blocksOf(inode);
        if (!inode.isDirectory())
            continue;
        DirectorySize directory;
        for (const auto &[name, child] : inode.children) {
            directory.add(name.size());
            if (child.inode.use_count() == 1 || linked.insert(child.inode.get()).second)
                pending.push_back(child.inode.get());
        }
        size.blocks += directory.blocks();
    }
    return size;
}

Ext4Geometry Ext4Geometry::fitting(const ContentSize &content, Bytes minimum, Bytes journal)
{
    Ext4Geometry geometry;
    geometry.journalBlocks = quint32(journal.count() / BlockBytes);
    const quint64 inodes = content.inodes + ReservedInodes + 1;
    // A hundredth and a little more, so that the estimate need not be exact and a fresh box can write before
    // it grows.
    const quint64 data = content.blocks + content.blocks / 100 + 512 + geometry.journalBlocks;
    quint64 groups = 1;
    for (;;) {
        const quint64 perGroup = std::max<quint64>(InodesPerGroup, (inodes / groups / 16 + 1) * 16);
        const quint64 needed =
            std::max(data + overheadBlocks(groups, perGroup), minimum.count() / BlockBytes);
        const quint64 neededGroups = (needed + BlocksPerGroup - 1) / BlocksPerGroup;
        // Half the blocks of a group at most become its inode table.
        if (neededGroups <= groups && perGroup <= BlocksPerGroup) {
            // Whole groups, except for a single one: a small rest could not hold its own tables.
            geometry.blocks = groups == 1 ? needed : std::max(needed, groups * BlocksPerGroup);
            geometry.inodes = quint32(std::min<quint64>(perGroup * groups, 0xFFFFFFF0U));
            return geometry;
        }
        groups = std::max(groups + 1, neededGroups);
    }
}

} // namespace boxgate
