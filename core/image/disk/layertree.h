#pragma once

#include "core/base/result.h"
#include "core/image/disk/layerentry.h"

#include <map>
#include <memory>

namespace boxgate {

struct TreeInode;

/// A run of a file's blocks.
struct Extent
{
    quint64 logical = 0; ///< first block within the file
    quint64 physical = 0; ///< first block within the file system
    quint32 length = 0; ///< in blocks
};

/// A name in a directory.
struct TreeName
{
    std::shared_ptr<TreeInode> inode; ///< shared by the names of hard links
    int layer = 0; ///< that put the name there last
};

/// A file of the merged image.
struct TreeInode
{
    FileAttributes attributes;
    QList<Extent>
        extents; ///< of regular files: where their contents are, in rising order; holes are left out
    int layer = -1; ///< whose entry gave the attributes and contents; -1: made up for a missing parent
    qint64 entry = -1; ///< its number within that layer, from 0
    int depth = 0; ///< of directories, the root has 0
    int names = 1; ///< ever given to it, hard links included
    std::map<QByteArray, TreeName> children; ///< of directories

    bool isDirectory() const { return attributes.type == FileType::Directory; }
};

/// Merges layers, lowest first, into one tree of names in memory; of contents it knows where they are.
///
/// Every path of a layer is contained by construction: ".." stops at the root, and symbolic links in the
/// middle of a path are followed inside the tree, as a chroot would. Later entries win; a directory keeps its
/// children when a directory comes in its place and loses them otherwise. Whiteouts (".wh.NAME",
/// ".wh..wh..opq") remove what lower layers put there. Pure: no input or output. Invariants: a directory has
/// one name; no path is deeper than MaxDepth. Source   OCI image specification 1.1, layer.md; containerd's
/// archive.Apply for what it leaves open
class LayerTree
{
public:
    static constexpr int MaxDepth = 1024;
    static constexpr qsizetype MaxNameBytes = 255; ///< of ext4
    static constexpr qsizetype MaxTargetBytes = 4095; ///< of a symbolic link, path_resolution(7)
    static constexpr int MaxHardLinks = 65000; ///< of ext4
    static constexpr quint64 MaxFileBytes = 1ULL << 40;

    explicit LayerTree(const LayerLimits &limits);

    void beginLayer();

    /// Adds the present layer's next entry.
    /// Returns  the file that it made, for its extents; nullptr when it is no regular file
    /// Errors   Corrupt: a name ext4 cannot hold, a file in the place of a parent, a hard link to nothing,
    /// above the limits
    Result<TreeInode *> add(const LayerEntry &entry);

    const TreeInode &root() const { return *m_root; }

private:
    using InodePointer = std::shared_ptr<TreeInode>;
    enum class Missing
    {
        Create,
        Fail
    };

    /// nullptr with Missing::Fail: there is no such directory.
    Result<InodePointer> directory(const QList<QByteArray> &path, Missing missing);
    Result<InodePointer> enter(const InodePointer &parent, const QByteArray &name, Missing missing);
    Result<void> whiteOut(const QList<QByteArray> &parent, const QByteArray &name);
    Result<void> link(const InodePointer &parent, const QByteArray &name, const QByteArray &target);
    Result<TreeInode *> place(const InodePointer &parent, const QByteArray &name,
                              const FileAttributes &attributes);
    Result<void> charge(const LayerEntry &entry);
    bool removeLower(TreeInode &directory) const;

    const LayerLimits m_limits;
    InodePointer m_root;
    int m_layer = -1;
    qint64 m_entry = -1;
    qint64 m_entries = 0;
    quint64 m_nameBytes = 0;
    quint64 m_contentBytes = 0;
};

} // namespace boxgate
