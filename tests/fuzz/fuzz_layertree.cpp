#include "core/image/disk/ext4geometry.h"

#include <QList>

using namespace boxgate;

namespace {

/// The tree's promises: one name per directory, children one level deeper, names that ext4 can hold.
void checkTree(const TreeInode &directory)
{
    for (const auto &[name, child] : directory.children) {
        const TreeInode &inode = *child.inode;
        if (name.isEmpty() || name == "." || name == ".." || name.contains('/')
            || name.size() > LayerTree::MaxNameBytes)
            abort();
        if (inode.isDirectory()) {
            if (inode.depth != directory.depth + 1 || inode.depth > LayerTree::MaxDepth + 1)
                abort();
            checkTree(inode);
        } else if (!inode.children.empty()) {
            abort();
        }
    }
}

} // namespace

// Each line is an entry: a letter for its kind, then "path" or "path>target". An empty line begins the next
// layer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LayerLimits limits;
    limits.entries = 2000;
    LayerTree tree(limits);
    tree.beginLayer();
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    for (const QByteArray &line : text.split('\n')) {
        if (line.isEmpty()) {
            tree.beginLayer();
            continue;
        }
        LayerEntry entry;
        const qsizetype arrow = line.indexOf('>');
        entry.path = line.mid(1, arrow < 0 ? -1 : arrow - 1);
        const QByteArray target = arrow < 0 ? QByteArray() : line.mid(arrow + 1);
        switch (line[0]) {
        case 'd':
            entry.attributes.type = FileType::Directory;
            break;
        case 's':
            entry.attributes.type = FileType::Symlink;
            entry.attributes.target = target;
            break;
        case 'h':
            entry.hardLink = target;
            break;
        default:
            entry.attributes.size = quint64(line.size());
        }
        if (!tree.add(entry))
            return 0; // as the builder does: a failed tree is not used
    }
    checkTree(tree.root());
    const ContentSize content = ContentSize::of(tree.root());
    const Ext4Geometry geometry = Ext4Geometry::fitting(content, Bytes(), Bytes::fromMebi(4));
    if (geometry.blocks < content.blocks || geometry.inodes < content.inodes)
        abort();
    return 0;
}
