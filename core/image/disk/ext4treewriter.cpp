#include "core/image/disk/ext4treewriter.h"

#include "core/image/disk/ext4directory.h"

#include <algorithm>

namespace boxgate {

namespace {

const QByteArray LostAndFound = "lost+found";
constexpr qsizetype FastLinkBytes = 60; ///< shorter ones are in the inode
/// Beyond it the feature dir_nlink has 1 stand for "many".
constexpr std::size_t MaxDirectoryLinks = 64998;

/// EXT2_FT_*
quint8 recordType(FileType type)
{
    switch (type) {
    case FileType::Regular:
        return 1;
    case FileType::Directory:
        return 2;
    case FileType::CharacterDevice:
        return 3;
    case FileType::BlockDevice:
        return 4;
    case FileType::Fifo:
        return 5;
    case FileType::Symlink:
        return 7;
    }
    return 0;
}

quint16 linksOf(const TreeInode &directory, std::size_t more)
{
    std::size_t links = 2 + more;
    for (const auto &[name, child] : directory.children)
        links += child.inode->isDirectory() ? 1 : 0;
    return links > MaxDirectoryLinks ? quint16(1) : quint16(links);
}

QByteArray padded(const QByteArray &bytes) { return bytes.leftJustified(Ext4Geometry::BlockBytes, '\0'); }

} // namespace

Ext4TreeWriter::Ext4TreeWriter(Ext4Image &image)
    : m_image(image)
{ }

void Ext4TreeWriter::countNames(const TreeInode &root)
{
    std::vector<const TreeInode *> pending{&root};
    while (!pending.empty()) {
        const TreeInode &directory = *pending.back();
        pending.pop_back();
        for (const auto &[name, child] : directory.children) {
            if (child.inode->isDirectory())
                pending.push_back(child.inode.get());
            else
                ++m_names[child.inode.get()];
        }
    }
}

Result<void> Ext4TreeWriter::write(const TreeInode &root)
{
    countNames(root);
    m_pending.push_back({&root, Ext4Image::RootInode, Ext4Image::RootInode});
    while (!m_pending.empty()) {
        const Directory directory = m_pending.back();
        m_pending.pop_back();
        const Result<void> written = writeDirectory(directory);
        BOXGATE_TRY(written);
    }
    return {};
}

Result<void> Ext4TreeWriter::writeDirectory(const Directory &directory)
{
    const bool isRoot = directory.inode == Ext4Image::RootInode;
    QList<DirectoryRecord> records;
    const auto existing = directory.tree->children.find(LostAndFound);
    const bool addsLost = isRoot && existing == directory.tree->children.end();
    // e2fsck looks for it by name; the first inode is its by convention.
    if (addsLost) {
        const Result<quint32> lost = lostAndFound();
        BOXGATE_TRY(lost);
        records.append({*lost, recordType(FileType::Directory), LostAndFound});
    }
    const std::size_t before = m_pending.size();
    for (const auto &[name, child] : directory.tree->children) {
        const Result<quint32> inode = childInode(*child.inode, directory.inode);
        BOXGATE_TRY(inode);
        records.append({*inode, recordType(child.inode->attributes.type), name});
    }
    // The stack is emptied from its end: let the walk go by name.
    std::reverse(m_pending.begin() + std::ptrdiff_t(before), m_pending.end());
    const Result<void> written = m_image.writeInode(directory.inode, directory.tree->attributes,
                                                    linksOf(*directory.tree, addsLost ? 1 : 0));
    BOXGATE_TRY(written);
    const QList<QByteArray> blocks = directoryBlocks(directory.inode, directory.parent, records);
    return writeData(directory.inode, blocks, quint64(blocks.size()) * Ext4Geometry::BlockBytes,
                     FileType::Directory);
}

Result<quint32> Ext4TreeWriter::childInode(const TreeInode &child, quint32 parent)
{
    if (child.isDirectory()) {
        const Result<quint32> inode = m_image.takeInode(FileType::Directory);
        BOXGATE_TRY(inode);
        m_pending.push_back({&child, *inode, parent});
        return *inode;
    }
    const auto linked = m_linked.find(&child);
    if (linked != m_linked.end())
        return linked->second;
    return writeFile(child);
}

Result<quint32> Ext4TreeWriter::writeFile(const TreeInode &file)
{
    const FileAttributes &attributes = file.attributes;
    const Result<quint32> inode = m_image.takeInode(attributes.type);
    BOXGATE_TRY(inode);
    const quint16 names = m_names[&file];
    if (names > 1)
        m_linked.emplace(&file, *inode);
    const Result<void> written = m_image.writeInode(*inode, attributes, names);
    BOXGATE_TRY(written);
    Result<void> filled;
    if (attributes.type == FileType::Regular && attributes.size > 0)
        m_contents[file.layer].emplace(file.entry, Target{*inode, attributes.size});
    else if (attributes.type == FileType::Regular)
        filled = m_image.setContents(*inode, {}, 0);
    else if (attributes.type == FileType::Symlink && attributes.target.size() >= FastLinkBytes)
        filled = writeData(*inode, {padded(attributes.target)}, quint64(attributes.target.size()),
                           FileType::Symlink);
    BOXGATE_TRY(filled);
    return *inode;
}

Result<quint32> Ext4TreeWriter::lostAndFound()
{
    const Result<quint32> inode = m_image.takeInode(FileType::Directory);
    BOXGATE_TRY(inode);
    FileAttributes attributes;
    attributes.type = FileType::Directory;
    attributes.mode = 0700;
    const Result<void> written = m_image.writeInode(*inode, attributes, 2);
    BOXGATE_TRY(written);
    const QList<QByteArray> blocks = directoryBlocks(*inode, Ext4Image::RootInode, {});
    const Result<void> filled = writeData(*inode, blocks, Ext4Geometry::BlockBytes, FileType::Directory);
    BOXGATE_TRY(filled);
    return *inode;
}

Result<void> Ext4TreeWriter::writeData(quint32 inode, const QList<QByteArray> &blocks, quint64 size,
                                       FileType type)
{
    QList<Ext4Image::Extent> extents;
    qsizetype done = 0;
    while (done < blocks.size()) {
        const Result<Ext4Image::Extent> taken =
            m_image.takeBlocks(quint64(done), quint32(blocks.size() - done));
        BOXGATE_TRY(taken);
        for (quint32 i = 0; i < taken->length; ++i) {
            const Ext4Image::Extent single{quint64(done), taken->physical + i, 1};
            const QByteArray &bytes = blocks[done++];
            const Result<void> written = type == FileType::Directory
                ? m_image.writeDirectoryBlock(inode, single.physical, bytes)
                : m_image.writeBlocks(single, bytes.constData(), 1);
            BOXGATE_TRY(written);
        }
        extents.append(*taken);
    }
    return m_image.setContents(inode, extents, size);
}

const std::map<qint64, Ext4TreeWriter::Target> &Ext4TreeWriter::contents(int layer) const
{
    static const std::map<qint64, Target> none;
    const auto found = m_contents.find(layer);
    return found == m_contents.end() ? none : found->second;
}

} // namespace boxgate
