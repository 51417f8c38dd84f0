#include "core/image/disk/ext4image.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <sys/sysmacros.h>

namespace boxgate {

namespace {

/// 2020-01-01, wherever a time has to be that no image gives. Zero would make libext2fs ask the clock.
constexpr qint64 FixedTime = 1577836800;
constexpr unsigned GroupsPerFlexLog = 4;

QByteArray derive(const Digest &identity, const char *purpose)
{
    return QCryptographicHash::hash(identity.toString().toLatin1() + purpose, QCryptographicHash::Sha256)
        .left(16);
}

void setFeatures(ext2_super_block &super)
{
    ext2fs_set_feature_journal(&super);
    ext2fs_set_feature_xattr(&super);
    ext2fs_set_feature_resize_inode(&super);
    ext2fs_set_feature_dir_index(&super);
    ext2fs_set_feature_filetype(&super);
    ext2fs_set_feature_extents(&super);
    ext2fs_set_feature_64bit(&super);
    ext2fs_set_feature_flex_bg(&super);
    ext2fs_set_feature_sparse_super(&super);
    ext2fs_set_feature_large_file(&super);
    ext2fs_set_feature_huge_file(&super);
    ext2fs_set_feature_dir_nlink(&super);
    ext2fs_set_feature_extra_isize(&super);
    ext2fs_set_feature_metadata_csum(&super);
}

ext2_super_block parametersOf(const Ext4Geometry &geometry)
{
    ext2_super_block super{};
    super.s_rev_level = EXT2_DYNAMIC_REV;
    super.s_log_block_size = 2; // 1024 << 2
    super.s_log_cluster_size = 2;
    super.s_inode_size = Ext4Geometry::InodeBytes;
    super.s_inodes_count = geometry.inodes;
    super.s_desc_size = EXT2_MIN_DESC_SIZE_64BIT;
    super.s_log_groups_per_flex = GroupsPerFlexLog;
    ext2fs_blocks_count_set(&super, geometry.blocks);
    constexpr quint64 groupsPerDescriptorBlock = Ext4Geometry::BlockBytes / EXT2_MIN_DESC_SIZE_64BIT;
    const quint64 groups =
        (geometry.blocks + Ext4Geometry::BlocksPerGroup - 1) / Ext4Geometry::BlocksPerGroup;
    const quint64 used = (groups + groupsPerDescriptorBlock - 1) / groupsPerDescriptorBlock;
    super.s_reserved_gdt_blocks =
        used < Ext4Geometry::DescriptorBlocks ? quint16(Ext4Geometry::DescriptorBlocks - used) : quint16(1);
    setFeatures(super);
    return super;
}

void identify(ext2_super_block &super, const Digest &identity)
{
    QByteArray uuid = derive(identity, " uuid");
    // RFC 9562, version 8 (custom), variant 10.
    uuid[6] = char((uuid[6] & 0x0F) | 0x80);
    uuid[8] = char((uuid[8] & 0x3F) | 0x80);
    std::memcpy(super.s_uuid, uuid.constData(), sizeof super.s_uuid);
    std::memcpy(super.s_hash_seed, derive(identity, " hash").constData(), sizeof super.s_hash_seed);
    super.s_checksum_type = EXT2_CRC32C_CHKSUM;
    super.s_def_hash_version = EXT2_HASH_HALF_MD4;
    super.s_flags |= EXT2_FLAGS_SIGNED_HASH;
    super.s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
    super.s_min_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    super.s_want_extra_isize = super.s_min_extra_isize;
    super.s_mkfs_time = quint32(FixedTime);
    super.s_lastcheck = quint32(FixedTime);
    super.s_max_mnt_count = quint16(-1);
    super.s_checkinterval = 0;
    ext2fs_r_blocks_count_set(&super, 0);
    std::memcpy(super.s_volume_name, "boxgate", 7);
}

quint16 modeOf(const FileAttributes &attributes)
{
    switch (attributes.type) {
    case FileType::Regular:
        return LINUX_S_IFREG | attributes.mode;
    case FileType::Directory:
        return LINUX_S_IFDIR | attributes.mode;
    case FileType::Symlink:
        return LINUX_S_IFLNK | 0777;
    case FileType::CharacterDevice:
        return LINUX_S_IFCHR | attributes.mode;
    case FileType::BlockDevice:
        return LINUX_S_IFBLK | attributes.mode;
    case FileType::Fifo:
        return LINUX_S_IFIFO | attributes.mode;
    }
    return 0;
}

/// 1901-12-13 to 2446-05-10. As the kernel, times beyond become the nearest (timestamp_truncate()).
constexpr qint64 EarliestTime = -(1LL << 31);
constexpr qint64 LatestTime = (1LL << 34) - (1LL << 31) - 1;

/// Bits 0 and 1 extend the seconds, the others are nanoseconds (ext4 inodes.rst, section Inode Timestamps).
void setTimes(ext2_inode_large &inode, const FileAttributes &attributes)
{
    const qint64 seconds = std::clamp(attributes.mtimeSeconds, EarliestTime, LatestTime);
    const bool isExact =
        seconds == attributes.mtimeSeconds && seconds != EarliestTime && seconds != LatestTime;
    const quint32 nanoseconds = isExact ? attributes.mtimeNanoseconds : 0;
    const qint64 low = qint64(qint32(seconds));
    const quint32 extra = quint32(((seconds - low) >> 32) & 3) | (nanoseconds << 2);
    inode.i_mtime = inode.i_atime = inode.i_ctime = inode.i_crtime = quint32(seconds);
    inode.i_mtime_extra = inode.i_atime_extra = inode.i_ctime_extra = inode.i_crtime_extra = extra;
}

/// The extents that fit into the inode itself (ext4 ifork.rst, section Extent Tree).
constexpr qsizetype InlineExtents = 4;

void setInlineExtents(ext2_inode_large &inode, const QList<Extent> &extents)
{
    auto *header = reinterpret_cast<ext3_extent_header *>(inode.i_block);
    header->eh_magic = EXT3_EXT_MAGIC;
    header->eh_entries = quint16(extents.size());
    header->eh_max = InlineExtents;
    auto *entry = reinterpret_cast<ext3_extent *>(header + 1);
    for (const Extent &extent : extents) {
        entry->ee_block = quint32(extent.logical);
        entry->ee_len = quint16(extent.length);
        entry->ee_start = quint32(extent.physical);
        entry->ee_start_hi = quint16(extent.physical >> 32);
        ++entry;
    }
}

/// Old encoding where it fits, as the kernel (fs/ext4/inode.c, ext4_do_update_inode).
void setDevice(ext2_inode_large &inode, quint32 major, quint32 minor)
{
    if (major < 256 && minor < 256) {
        inode.i_block[0] = major << 8 | minor;
        inode.i_block[1] = 0;
    } else {
        inode.i_block[0] = 0;
        inode.i_block[1] = (minor & 0xFF) | major << 8 | (minor & ~0xFFU) << 12;
    }
}

ext2_inode *small(ext2_inode_large &inode) { return reinterpret_cast<ext2_inode *>(&inode); }

} // namespace

void Ext4Image::FilesystemFree::operator()(struct_ext2_filsys *fs) const { ext2fs_free(fs); }

Ext4Image::Ext4Image(struct_ext2_filsys *fs)
    : m_fs(fs)
    , m_data(fs)
{ }

Ext4Image::~Ext4Image() = default;

Result<void> Ext4Image::check(long code, const QString &doing)
{
    if (code == 0)
        return {};
    const QString what = QStringLiteral("Cannot make the root disk");
    m_full = m_full || code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_INODE_ALLOC_FAIL;
    // libext2fs hands system errors on as they are; its own start above them.
    if (code > 0 && code < 256)
        return boxgate::fail(Error::fromErrno(int(code), what));
    const QString detail = QStringLiteral("%1: %2").arg(doing, QString::fromLocal8Bit(error_message(code)));
    if (code == EXT2_ET_SHORT_WRITE)
        return boxgate::fail(ErrorCode::DiskFull, what + QStringLiteral(": no space is left on the device"),
                             detail);
    if (code == EXT2_ET_EA_NO_SPACE)
        return boxgate::fail(
            ErrorCode::Corrupt,
            what + QStringLiteral(": a file has more extended attributes than ext4 can hold"), detail);
    return boxgate::fail(ErrorCode::Internal, what + QStringLiteral(": ") + detail, detail);
}

Result<std::unique_ptr<Ext4Image>> Ext4Image::make(const QString &file, const Ext4Geometry &geometry,
                                                   const Digest &identity)
{
    static std::once_flag texts; // of libext2fs's errors
    std::call_once(texts, initialize_ext2_error_table);
    const QByteArray path = QFile::encodeName(file);
    const bool isNew = QFileInfo(file).size() == 0;
    if (!QFile::resize(file, qint64(geometry.size().count())))
        return boxgate::fail(ErrorCode::DiskFull,
                             QStringLiteral("Cannot make the root disk: %1 cannot grow to %2")
                                 .arg(file, geometry.size().toDisplay()));
    ext2_super_block parameters = parametersOf(geometry);
    ext2_filsys fs = nullptr;
    const errcode_t made = ext2fs_initialize(path.constData(), EXT2_FLAG_RW | EXT2_FLAG_64BITS, &parameters,
                                             unix_io_manager, &fs);
    if (made != 0)
        return boxgate::fail(Error::fromErrno(made < 256 ? int(made) : EIO,
                                              QStringLiteral("Cannot make the root disk %1").arg(file)));
    std::unique_ptr<Ext4Image> image(new Ext4Image(fs));
    const Result<void> opened = image->m_data.open(file);
    BOXGATE_TRY(opened);
    fs->now = FixedTime;
    identify(*fs->super, identity);
    ext2fs_init_csum_seed(fs);
    const Result<void> tables = image->makeTables(geometry, isNew ? Tables::AreEmpty : Tables::AreFilled);
    BOXGATE_TRY(tables);
    return image;
}

Result<void> Ext4Image::makeTables(const Ext4Geometry &geometry, Tables before)
{
    ext2_filsys fs = m_fs.get();
    const Result<void> allocated = check(ext2fs_allocate_tables(fs), QStringLiteral("tables"));
    BOXGATE_TRY(allocated);
    for (dgrp_t group = 0; group < fs->group_desc_count; ++group) {
        ext2fs_bg_flags_set(fs, group, EXT2_BG_INODE_ZEROED);
        ext2fs_group_desc_csum_set(fs, group);
        const Result<void> emptied = before == Tables::AreFilled
            ? m_data.drop(ext2fs_inode_table_loc(fs, group), fs->inode_blocks_per_group)
            : Result<void>();
        BOXGATE_TRY(emptied);
    }
    // 1 (bad blocks) to 10 are the file system's own; 2 is the root directory.
    for (ext2_ino_t inode = EXT2_BAD_INO; inode < FirstInode; ++inode)
        ext2fs_inode_alloc_stats2(fs, inode, +1, inode == EXT2_ROOT_INO ? 1 : 0);
    const Result<void> resizable = check(ext2fs_create_resize_inode(fs), QStringLiteral("resize inode"));
    BOXGATE_TRY(resizable);
    const errcode_t journaled = ext2fs_add_journal_inode2(
        fs, geometry.journalBlocks, ~0ULL, EXT2_MKJOURNAL_LAZYINIT | EXT2_MKJOURNAL_NO_MNT_CHECK);
    return check(journaled, QStringLiteral("journal"));
}

Result<quint32> Ext4Image::takeInode(FileType type)
{
    if (m_nextInode > m_fs->super->s_inodes_count) {
        m_full = true;
        return boxgate::fail(ErrorCode::Internal,
                             QStringLiteral("Cannot make the root disk: it has too few inodes"));
    }
    ext2fs_inode_alloc_stats2(m_fs.get(), m_nextInode, +1, type == FileType::Directory ? 1 : 0);
    return m_nextInode++;
}

Result<void> Ext4Image::writeInode(quint32 number, const FileAttributes &attributes, quint16 links,
                                   const Contents &contents)
{
    ext2_filsys fs = m_fs.get();
    ext2_inode_large inode{};
    inode.i_mode = modeOf(attributes);
    inode.i_uid = quint16(attributes.uid);
    inode.osd2.linux2.l_i_uid_high = quint16(attributes.uid >> 16);
    inode.i_gid = quint16(attributes.gid);
    inode.osd2.linux2.l_i_gid_high = quint16(attributes.gid >> 16);
    inode.i_links_count = links;
    inode.i_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    setTimes(inode, attributes);
    const auto target = std::size_t(attributes.target.size());
    if (attributes.type == FileType::CharacterDevice || attributes.type == FileType::BlockDevice) {
        setDevice(inode, attributes.deviceMajor, attributes.deviceMinor);
    } else if (attributes.type == FileType::Symlink && target < sizeof inode.i_block) {
        std::memcpy(inode.i_block, attributes.target.constData(), target);
        inode.i_size = quint32(target);
    } else if (attributes.type != FileType::Fifo) {
        inode.i_flags |= EXT4_EXTENTS_FL;
        const bool fits = contents.extents.size() <= InlineExtents;
        setInlineExtents(inode, fits ? contents.extents : QList<Extent>());
        for (const Extent &extent : contents.extents)
            ext2fs_iblk_add_blocks(fs, small(inode), extent.length);
        const Result<void> sized = check(ext2fs_inode_size_set(fs, small(inode), ext2_off64_t(contents.size)),
                                         QStringLiteral("size"));
        BOXGATE_TRY(sized);
    }
    const Result<void> written =
        check(ext2fs_write_inode_full(fs, number, small(inode), sizeof inode), QStringLiteral("inode"));
    BOXGATE_TRY(written);
    const Result<void> extended =
        contents.extents.size() > InlineExtents ? setExtents(number, contents.extents) : Result<void>();
    BOXGATE_TRY(extended);
    return attributes.xattrs.isEmpty() ? Result<void>() : setXattrs(number, attributes);
}

Result<void> Ext4Image::setXattrs(quint32 inode, const FileAttributes &attributes)
{
    ext2_xattr_handle *handle = nullptr;
    const Result<void> opened =
        check(ext2fs_xattrs_open(m_fs.get(), inode, &handle), QStringLiteral("attributes"));
    BOXGATE_TRY(opened);
    errcode_t code = ext2fs_xattrs_read(handle);
    for (const auto &[name, value] : attributes.xattrs) {
        if (code == 0)
            code = ext2fs_xattr_set(handle, name.constData(), value.constData(), std::size_t(value.size()));
    }
    if (code == 0)
        code = ext2fs_xattrs_write(handle);
    const errcode_t closed = ext2fs_xattrs_close(&handle);
    return check(code ? code : closed, QStringLiteral("attributes"));
}

Result<void> Ext4Image::setExtents(quint32 number, const QList<Extent> &extents)
{
    ext2_extent_handle_t handle = nullptr;
    const Result<void> opened =
        check(ext2fs_extent_open(m_fs.get(), number, &handle), QStringLiteral("extents"));
    BOXGATE_TRY(opened);
    errcode_t code = 0;
    for (const Extent &extent : extents) {
        ext2fs_extent entry{};
        entry.e_lblk = extent.logical;
        entry.e_pblk = extent.physical;
        entry.e_len = extent.length;
        if (code == 0)
            code = ext2fs_extent_insert(handle, EXT2_EXTENT_INSERT_AFTER, &entry);
        if (code == 0)
            code = ext2fs_extent_fix_parents(handle);
    }
    ext2fs_extent_free(handle);
    return check(code, QStringLiteral("extents"));
}

Result<void> Ext4Image::seal(quint32 inode, QByteArray &block)
{
    auto *first = reinterpret_cast<ext2_dir_entry *>(block.data());
    return check(ext2fs_dir_block_csum_set(m_fs.get(), inode, first), QStringLiteral("directory"));
}

Result<void> Ext4Image::finish()
{
    const Result<void> dropped = m_data.dropUnclaimed();
    BOXGATE_TRY(dropped);
    ext2_filsys fs = m_fs.get();
    ext2fs_mark_super_dirty(fs);
    ext2fs_mark_ib_dirty(fs);
    ext2fs_mark_bb_dirty(fs);
    fs->flags &= ~EXT2_FLAG_SUPER_ONLY;
    return check(ext2fs_flush(fs), QStringLiteral("flush"));
}

} // namespace boxgate
