#pragma once

#include "core/image/disk/ext4image.h"
#include "core/image/disk/layertree.h"

#include <map>
#include <unordered_map>
#include <vector>

namespace boxgate {

/// Writes a tree's names into an Ext4Image: every inode, directory and link. Contents of regular files
/// follow; contents() tells which entry of which layer belongs to which inode.
///
/// Thread: the image's. Inodes are numbered in the order of a walk by name, so the result depends on the tree
/// alone.
class Ext4TreeWriter
{
public:
    struct Target
    {
        quint32 inode = 0;
        quint64 size = 0; ///< bytes
    };

    explicit Ext4TreeWriter(Ext4Image &image);

    /// root   outlives this object; "lost+found" is added when it is missing
    Result<void> write(const TreeInode &root);

    /// The regular files with contents of a layer, by the number of their entry.
    const std::map<qint64, Target> &contents(int layer) const;

private:
    struct Directory
    {
        const TreeInode *tree = nullptr;
        quint32 inode = 0;
        quint32 parent = 0;
    };

    Result<void> writeDirectory(const Directory &directory);
    Result<quint32> writeFile(const TreeInode &file);
    Result<quint32> childInode(const TreeInode &child, quint32 parent);
    Result<quint32> lostAndFound();
    Result<void> writeData(quint32 inode, const QList<QByteArray> &blocks, quint64 size, FileType type);
    void countNames(const TreeInode &root);

    Ext4Image &m_image;
    std::vector<Directory> m_pending;
    std::unordered_map<const TreeInode *, quint16> m_names; ///< of files that are no directories
    std::unordered_map<const TreeInode *, quint32> m_linked; ///< inodes of files with several names
    std::map<int, std::map<qint64, Target>> m_contents;
};

} // namespace boxgate
