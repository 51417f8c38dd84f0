#include "core/image/disk/layertree.h"

#include <algorithm>

namespace boxgate {

namespace {

const QByteArray WhiteoutPrefix = ".wh.";
const QByteArray WhiteoutMeta = ".wh..wh.";
const QByteArray Opaque = ".wh..wh..opq";
/// As the kernel, path_resolution(7).
constexpr int MaxFollowedLinks = 40;

/// The names of a path from the root on; "." and empty ones are gone and ".." has taken one away.
QList<QByteArray> namesOf(const QByteArray &path)
{
    QList<QByteArray> names;
    for (const QByteArray &name : path.split('/')) {
        if (name == "..") {
            if (!names.isEmpty())
                names.removeLast();
        } else if (!name.isEmpty() && name != ".") {
            names.append(name);
        }
    }
    return names;
}

bool isWhiteout(const QByteArray &name) { return name.startsWith(WhiteoutPrefix); }

tl::unexpected<Error> corrupt(const QByteArray &path, const QString &why)
{
    const QString shown = QString::fromUtf8(path.left(100));
    return fail(ErrorCode::Corrupt, QStringLiteral("The image cannot be unpacked: '%1' %2").arg(shown, why));
}

std::shared_ptr<TreeInode> madeUpDirectory(int depth)
{
    auto inode = std::make_shared<TreeInode>();
    inode->attributes.type = FileType::Directory;
    inode->attributes.mode = 0755;
    inode->depth = depth;
    return inode;
}

} // namespace

LayerTree::LayerTree(const LayerLimits &limits)
    : m_limits(limits)
    , m_root(madeUpDirectory(0))
{ }

void LayerTree::beginLayer()
{
    ++m_layer;
    m_entry = -1;
}

Result<void> LayerTree::charge(const LayerEntry &entry)
{
    const FileAttributes &attributes = entry.attributes;
    ++m_entry;
    ++m_entries;
    m_nameBytes += quint64(entry.path.size() + entry.hardLink.size() + attributes.target.size());
    for (const auto &[name, value] : attributes.xattrs)
        m_nameBytes += quint64(name.size() + value.size());
    if (entry.hardLink.isEmpty() && attributes.type == FileType::Regular) {
        if (attributes.size > MaxFileBytes)
            return corrupt(entry.path, QStringLiteral("is larger than 1 TiB"));
        m_contentBytes += attributes.size;
    }
    if (m_entries > m_limits.entries)
        return corrupt(entry.path,
                       QStringLiteral("is one file too many, the limit is %1").arg(m_limits.entries));
    if (m_nameBytes > m_limits.nameBytes)
        return corrupt(entry.path, QStringLiteral("and the names before it take too much memory"));
    if (m_contentBytes > m_limits.contentBytes)
        return corrupt(
            entry.path,
            QStringLiteral("and the files before it hold more than %1 bytes").arg(m_limits.contentBytes));
    return {};
}

Result<TreeInode *> LayerTree::add(const LayerEntry &entry)
{
    const Result<void> charged = charge(entry);
    BOXGATE_TRY(charged);
    QList<QByteArray> names = namesOf(entry.path);
    if (names.isEmpty()) {
        if (entry.attributes.type == FileType::Directory && entry.hardLink.isEmpty()) {
            m_root->attributes = entry.attributes;
            m_root->layer = m_layer;
            m_root->entry = m_entry;
        }
        return nullptr;
    }
    const QByteArray name = names.takeLast();
    // Nothing can be in a whiteout; AUFS kept its own files so.
    if (std::any_of(names.begin(), names.end(), isWhiteout))
        return nullptr;
    if (isWhiteout(name)) {
        const Result<void> gone = whiteOut(names, name);
        BOXGATE_TRY(gone);
        return nullptr;
    }
    if (name.size() > MaxNameBytes)
        return corrupt(entry.path, QStringLiteral("has a name of more than 255 bytes"));
    const Result<InodePointer> parent = directory(names, Missing::Create);
    BOXGATE_TRY(parent);
    if (entry.hardLink.isEmpty())
        return place(*parent, name, entry.attributes);
    const Result<void> linked = link(*parent, name, entry.hardLink);
    BOXGATE_TRY(linked);
    return nullptr;
}

Result<LayerTree::InodePointer> LayerTree::enter(const InodePointer &parent, const QByteArray &name,
                                                 Missing missing)
{
    const auto found = parent->children.find(name);
    if (found != parent->children.end())
        return found->second.inode;
    if (missing == Missing::Fail)
        return InodePointer();
    if (name.size() > MaxNameBytes)
        return corrupt(name, QStringLiteral("has more than 255 bytes"));
    if (parent->depth >= MaxDepth)
        return corrupt(name, QStringLiteral("lies too deep"));
    // The limit covers these too: a long path makes many.
    if (++m_entries > m_limits.entries)
        return corrupt(name, QStringLiteral("is one directory too many"));
    InodePointer made = madeUpDirectory(parent->depth + 1);
    parent->children[name] = TreeName{made, m_layer};
    return made;
}

Result<LayerTree::InodePointer> LayerTree::directory(const QList<QByteArray> &path, Missing missing)
{
    QList<QByteArray> pending(path.rbegin(), path.rend());
    QList<InodePointer> stack{m_root};
    int followed = 0;
    while (!pending.isEmpty()) {
        const QByteArray name = pending.takeLast();
        if (name == "..") {
            if (stack.size() > 1)
                stack.removeLast();
            continue;
        }
        const Result<InodePointer> entered = enter(stack.last(), name, missing);
        BOXGATE_TRY(entered);
        const InodePointer &inode = *entered;
        if (!inode)
            return InodePointer();
        if (inode->isDirectory()) {
            stack.append(inode);
        } else if (inode->attributes.type == FileType::Symlink) {
            const QByteArray &target = inode->attributes.target;
            if (++followed > MaxFollowedLinks)
                return corrupt(name, QStringLiteral("is one of too many symbolic links in a path"));
            if (target.startsWith('/'))
                stack = {m_root};
            const QList<QByteArray> parts = target.split('/');
            for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
                if (!it->isEmpty() && *it != ".")
                    pending.append(*it);
            }
        } else {
            return corrupt(name, QStringLiteral("is a file where a directory is needed"));
        }
    }
    return stack.last();
}

/// Removes what lower layers put into a directory; whether anything of this layer remains.
bool LayerTree::removeLower(TreeInode &directory) const
{
    for (auto it = directory.children.begin(); it != directory.children.end();) {
        TreeName &name = it->second;
        const bool remains = name.inode->isDirectory() && removeLower(*name.inode);
        if (name.layer < m_layer && !remains)
            it = directory.children.erase(it);
        else
            ++it;
    }
    return !directory.children.empty();
}

Result<void> LayerTree::whiteOut(const QList<QByteArray> &parent, const QByteArray &name)
{
    const Result<InodePointer> found = directory(parent, Missing::Fail);
    BOXGATE_TRY(found);
    const InodePointer &inode = *found;
    if (!inode)
        return {};
    if (name == Opaque) {
        removeLower(*inode);
        return {};
    }
    if (name.startsWith(WhiteoutMeta))
        return {};
    const auto victim = inode->children.find(name.mid(WhiteoutPrefix.size()));
    if (victim == inode->children.end())
        return {};
    const bool remains = victim->second.inode->isDirectory() && removeLower(*victim->second.inode);
    if (victim->second.layer < m_layer && !remains)
        inode->children.erase(victim);
    return {};
}

Result<void> LayerTree::link(const InodePointer &parent, const QByteArray &name, const QByteArray &target)
{
    QList<QByteArray> names = namesOf(target);
    if (names.isEmpty())
        return corrupt(target, QStringLiteral("is no file to link to"));
    const QByteArray last = names.takeLast();
    const Result<InodePointer> directory = this->directory(names, Missing::Fail);
    BOXGATE_TRY(directory);
    const InodePointer &holder = *directory;
    const auto found = holder ? holder->children.find(last) : m_root->children.end();
    if (!holder || found == holder->children.end())
        return corrupt(target, QStringLiteral("is linked to but does not exist"));
    const InodePointer inode = found->second.inode;
    if (inode->isDirectory())
        return corrupt(target, QStringLiteral("is a directory, which cannot have a second name"));
    if (++inode->names > MaxHardLinks)
        return corrupt(target, QStringLiteral("has more than %1 names").arg(MaxHardLinks));
    parent->children[name] = TreeName{inode, m_layer};
    return {};
}

Result<TreeInode *> LayerTree::place(const InodePointer &parent, const QByteArray &name,
                                     const FileAttributes &attributes)
{
    if (attributes.type == FileType::Symlink
        && (attributes.target.isEmpty() || attributes.target.size() > MaxTargetBytes))
        return corrupt(name, QStringLiteral("is a symbolic link with an impossible target"));
    TreeName &slot = parent->children[name];
    const bool keepsChildren =
        slot.inode && slot.inode->isDirectory() && attributes.type == FileType::Directory;
    if (!keepsChildren) {
        if (attributes.type == FileType::Directory && parent->depth >= MaxDepth)
            return corrupt(name, QStringLiteral("lies too deep"));
        slot.inode = std::make_shared<TreeInode>();
        slot.inode->depth = parent->depth + 1;
    }
    slot.layer = m_layer;
    slot.inode->attributes = attributes;
    slot.inode->layer = m_layer;
    slot.inode->entry = m_entry;
    return attributes.type == FileType::Regular ? slot.inode.get() : nullptr;
}

} // namespace boxgate
