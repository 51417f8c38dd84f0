#pragma once

#include "core/base/canceltoken.h"
#include "core/image/disk/ext4image.h"
#include "core/image/disk/layertree.h"

#include <unordered_map>
#include <vector>

namespace boxgate {

/// Writes a tree into an Ext4Image: every inode, directory and link. Contents of regular files are there
/// already, at their extents.
///
/// Thread: the image's. Inodes are numbered in the order of a walk by name, so the result depends on the tree
/// alone. "lost+found" is added when it is missing.
class Ext4TreeWriter
{
public:
    Ext4TreeWriter(Ext4Image &image, const CancelToken &cancel);

    /// Errors   Cancelled; those of the image, with its isFull() when the tree does not fit
    Result<void> write(const TreeInode &root);

private:
    struct Directory
    {
        const TreeInode *tree = nullptr;
        quint32 inode = 0;
        quint32 parent = 0;
    };

    void claimContents(const TreeInode &root);
    Result<void> writeDirectory(const Directory &directory);
    Result<quint32> writeFile(const std::shared_ptr<TreeInode> &file);
    Result<quint32> childInode(const std::shared_ptr<TreeInode> &child, quint32 parent);
    Result<quint32> lostAndFound();
    Result<Ext4Image::Contents> writeNames(quint32 inode, QList<QByteArray> blocks);

    Ext4Image &m_image;
    const CancelToken m_cancel;
    std::vector<Directory> m_pending;
    std::unordered_map<const TreeInode *, quint32> m_linked; ///< inodes of files with several names
};

} // namespace boxgate
