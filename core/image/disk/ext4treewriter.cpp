#include "core/image/disk/ext4treewriter.h"

#include "core/image/disk/ext4directory.h"

#include <algorithm>
#include <unordered_set>

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

} // namespace

Ext4TreeWriter::Ext4TreeWriter(Ext4Image &image, const CancelToken &cancel)
    : m_image(image)
    , m_cancel(cancel)
{ }

/// Before anything else takes blocks: libext2fs takes some by itself, for extended attributes.
void Ext4TreeWriter::claimContents(const TreeInode &root)
{
    std::unordered_set<const TreeInode *> seen;
    std::vector<const TreeInode *> pending{&root};
    while (!pending.empty()) {
        const TreeInode &directory = *pending.back();
        pending.pop_back();
        for (const auto &[name, child] : directory.children) {
            const TreeInode *const inode = child.inode.get();
            if (inode->isDirectory())
                pending.push_back(inode);
            else if (child.inode.use_count() == 1 || seen.insert(inode).second)
                m_image.data().claim(inode->extents);
        }
    }
}

Result<void> Ext4TreeWriter::write(const TreeInode &root)
{
    claimContents(root);
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
    if (m_cancel.isCancelled())
        return fail(ErrorCode::Cancelled, QStringLiteral("Making the root disk was cancelled"));
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
        const Result<quint32> inode = childInode(child.inode, directory.inode);
        BOXGATE_TRY(inode);
        records.append({*inode, recordType(child.inode->attributes.type), name});
    }
    // The stack is emptied from its end: let the walk go by name.
    std::reverse(m_pending.begin() + std::ptrdiff_t(before), m_pending.end());
    const auto names =
        writeNames(directory.inode, directoryBlocks(directory.inode, directory.parent, records));
    BOXGATE_TRY(names);
    return m_image.writeInode(directory.inode, directory.tree->attributes,
                              linksOf(*directory.tree, addsLost ? 1 : 0), *names);
}

Result<quint32> Ext4TreeWriter::childInode(const std::shared_ptr<TreeInode> &child, quint32 parent)
{
    if (child->isDirectory()) {
        const Result<quint32> inode = m_image.takeInode(FileType::Directory);
        BOXGATE_TRY(inode);
        m_pending.push_back({child.get(), *inode, parent});
        return *inode;
    }
    const auto linked = m_linked.find(child.get());
    return linked == m_linked.end() ? writeFile(child) : linked->second;
}

Result<quint32> Ext4TreeWriter::writeFile(const std::shared_ptr<TreeInode> &file)
{
    const FileAttributes &attributes = file->attributes;
    const Result<quint32> inode = m_image.takeInode(attributes.type);
    BOXGATE_TRY(inode);
    const long names = file.use_count(); // the tree's alone
    if (names > 1)
        m_linked.emplace(file.get(), *inode);
    Ext4Image::Contents contents{file->extents, attributes.size};
    if (attributes.type == FileType::Symlink && attributes.target.size() >= FastLinkBytes) {
        contents.size = quint64(attributes.target.size());
        const QByteArray block = attributes.target.leftJustified(Ext4Geometry::BlockBytes, '\0');
        const Result<void> stored = m_image.data().append(0, block.constData(), 1, contents.extents);
        BOXGATE_TRY(stored);
        m_image.data().claim(contents.extents);
    }
    const Result<void> written = m_image.writeInode(*inode, attributes, quint16(names), contents);
    BOXGATE_TRY(written);
    return *inode;
}

Result<quint32> Ext4TreeWriter::lostAndFound()
{
    const Result<quint32> inode = m_image.takeInode(FileType::Directory);
    BOXGATE_TRY(inode);
    FileAttributes attributes;
    attributes.type = FileType::Directory;
    attributes.mode = 0700;
    const auto names = writeNames(*inode, directoryBlocks(*inode, Ext4Image::RootInode, {}));
    BOXGATE_TRY(names);
    const Result<void> written = m_image.writeInode(*inode, attributes, 2, *names);
    BOXGATE_TRY(written);
    return *inode;
}

Result<Ext4Image::Contents> Ext4TreeWriter::writeNames(quint32 inode, QList<QByteArray> blocks)
{
    Ext4Image::Contents contents;
    contents.size = quint64(blocks.size()) * Ext4Geometry::BlockBytes;
    for (qsizetype i = 0; i < blocks.size(); ++i) {
        const Result<void> sealed = m_image.seal(inode, blocks[i]);
        BOXGATE_TRY(sealed);
        const Result<void> written =
            m_image.data().append(quint64(i), blocks[i].constData(), 1, contents.extents);
        BOXGATE_TRY(written);
    }
    m_image.data().claim(contents.extents);
    return contents;
}

} // namespace boxgate
