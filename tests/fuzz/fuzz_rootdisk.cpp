#include "core/image/disk/rootdiskbuilder.h"

#include <QDir>
#include <QFile>

#include <ext2fs/ext2fs.h>

using namespace boxgate;

namespace {

/// Where files cost no disk.
QString directory()
{
    static const QString made = [] {
        QByteArray path =
            QDir(QStringLiteral("/dev/shm")).exists() ? "/dev/shm/fuzzXXXXXX" : "/tmp/fuzzXXXXXX";
        if (!::mkdtemp(path.data()))
            abort();
        static QByteArray kept;
        kept = path;
        atexit([] { QDir(QFile::decodeName(kept)).removeRecursively(); });
        return QFile::decodeName(path);
    }();
    return made;
}

LayerSource layerOf(const QByteArray &blob, int number)
{
    QFile file(directory() + QStringLiteral("/layer%1").arg(number));
    if (!file.open(QIODevice::WriteOnly) || file.write(blob) != blob.size())
        abort();
    return {file.fileName(), Digest::ofBytes(blob), {}};
}

void check(bool holds)
{
    if (!holds)
        abort();
}

int onEntry(ext2_ino_t, int, ext2_dir_entry *entry, int, int, char *, void *context)
{
    const auto *fs = static_cast<ext2_filsys>(context);
    check(entry->inode >= 2 && entry->inode <= fs->super->s_inodes_count);
    check(ext2fs_test_inode_bitmap2(fs->inode_map, entry->inode) != 0);
    return 0;
}

int onBlock(ext2_filsys fs, blk64_t *block, e2_blkcnt_t, blk64_t, int, void *)
{
    check(*block > 0 && *block < ext2fs_blocks_count(fs->super));
    check(ext2fs_test_block_bitmap2(fs->block_map, *block) != 0);
    return 0;
}

/// Every inode in use can be read with its checksum, its blocks are taken, and directories name inodes that
/// are in use.
void checkDisk(const QString &file)
{
    ext2_filsys fs = nullptr;
    check(ext2fs_open(QFile::encodeName(file).constData(), EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs)
          == 0);
    check(ext2fs_read_bitmaps(fs) == 0);
    ext2_inode_scan scan = nullptr;
    check(ext2fs_open_inode_scan(fs, 0, &scan) == 0);
    for (;;) {
        ext2_ino_t number = 0;
        ext2_inode inode{};
        check(ext2fs_get_next_inode(scan, &number, &inode) == 0);
        if (number == 0)
            break;
        if (inode.i_links_count == 0 || (number < 11 && number != EXT2_ROOT_INO))
            continue;
        if (ext2fs_inode_has_valid_blocks2(fs, &inode))
            check(ext2fs_block_iterate3(fs, number, BLOCK_FLAG_READ_ONLY, nullptr, onBlock, nullptr) == 0);
        if (LINUX_S_ISDIR(inode.i_mode))
            check(ext2fs_dir_iterate2(fs, number, 0, nullptr, onEntry, fs) == 0);
    }
    ext2fs_close_inode_scan(scan);
    ext2fs_close_free(&fs);
}

} // namespace

// The first byte says how many layers there are and whether each is read once or twice; then come the layers,
// of equal size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const int layers = 1 + (data[0] & 3);
    const QByteArray bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    RootDiskBuilder::Job job;
    job.identity = Digest::ofBytes("fuzz");
    job.journal = Bytes::fromMebi(4);
    job.minimumSize = Bytes::fromMebi((data[0] & 4) != 0 ? 64 : 0);
    job.limits.entries = 500;
    job.limits.layerBytes = 8 << 20;
    job.limits.contentBytes = 64 << 20;
    const qsizetype each = bytes.size() / layers;
    for (int i = 0; i < layers; ++i)
        job.layers.append(layerOf(bytes.mid(i * each, i + 1 == layers ? -1 : each), i));
    const QString file = directory() + QStringLiteral("/disk");
    if (RootDiskBuilder({}, {}).build(job, file))
        checkDisk(file);
    else
        check(!QFile::exists(file));
    check(!QFile::exists(RootDiskBuilder::logOf(file)));
    QFile::remove(file);
    return 0;
}
