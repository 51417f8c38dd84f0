#include "core/image/disk/ext4data.h"

#include "core/image/disk/disksync.h"
#include "core/image/disk/ext4geometry.h"

#include <ext2fs/ext2fs.h>

#include <algorithm>

namespace boxgate {

namespace {

constexpr quint64 BlockBytes = Ext4Geometry::BlockBytes;
constexpr quint64 LongestExtent = 32768; ///< blocks, of an initialised extent
constexpr qsizetype BufferBytes = 1 << 20;
/// Larger pieces are worth a call of their own.
constexpr qsizetype DirectBytes = 128 << 10;
constexpr qint64 SyncEveryBytes = 32 << 20;

} // namespace

Ext4Data::Ext4Data(struct_ext2_filsys *fs)
    : m_fs(fs)
{
    m_buffer.reserve(BufferBytes);
}

Result<void> Ext4Data::open(const QString &file)
{
    m_file.setFileName(file);
    if (!m_file.open(QIODevice::ReadWrite | QIODevice::ExistingOnly | QIODevice::Unbuffered)) {
        return fail(m_file.exists() ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("Cannot open %1: %2").arg(file, m_file.errorString()));
    }
    return {};
}

Result<Extent> Ext4Data::take(quint64 logical, quint64 wanted)
{
    blk64_t first = 0;
    blk64_t length = 0;
    const errcode_t code = ext2fs_new_range(m_fs, 0, m_next, 1, nullptr, &first, &length);
    m_full = code != 0 || first < m_next;
    if (m_full)
        return fail(ErrorCode::Internal, QStringLiteral("Cannot make the root disk: it has too few blocks"));
    const quint64 taken = std::min({quint64(length), wanted, LongestExtent});
    m_next = first + taken;
    return Extent{logical, first, quint32(taken)};
}

Result<void> Ext4Data::append(quint64 logical, const char *bytes, quint64 blocks, QList<Extent> &extents)
{
    while (blocks > 0) {
        const Result<Extent> taken = take(logical, blocks);
        BOXGATE_TRY(taken);
        const Result<void> written = write(taken->physical, bytes, qsizetype(taken->length * BlockBytes));
        BOXGATE_TRY(written);
        Extent *const last = extents.isEmpty() ? nullptr : &extents.last();
        if (last && last->logical + last->length == logical
            && last->physical + last->length == taken->physical
            && last->length + taken->length <= LongestExtent)
            last->length += taken->length;
        else
            extents.append(*taken);
        logical += taken->length;
        bytes += taken->length * BlockBytes;
        blocks -= taken->length;
    }
    return {};
}

void Ext4Data::claim(const QList<Extent> &extents)
{
    for (const Extent &extent : extents)
        ext2fs_block_alloc_stats_range(m_fs, extent.physical, extent.length, +1);
}

Result<void> Ext4Data::write(quint64 block, const char *bytes, qsizetype size)
{
    const bool follows = block == m_bufferBlock + quint64(m_buffer.size()) / BlockBytes;
    if (!follows || size >= DirectBytes || m_buffer.size() + size > BufferBytes) {
        const Result<void> before = flush();
        BOXGATE_TRY(before);
    }
    if (size >= DirectBytes)
        return writeOut(block, bytes, size);
    if (m_buffer.isEmpty())
        m_bufferBlock = block;
    m_buffer.append(bytes, size);
    return {};
}

Result<void> Ext4Data::flush()
{
    const Result<void> written = writeOut(m_bufferBlock, m_buffer.constData(), m_buffer.size());
    m_buffer.resize(0);
    return written;
}

Result<void> Ext4Data::writeOut(quint64 block, const char *bytes, qsizetype size)
{
    if (size == 0)
        return {};
    if (!m_file.seek(qint64(block * BlockBytes)) || m_file.write(bytes, size) != size) {
        return fail(m_file.error() == QFileDevice::ResourceError ? ErrorCode::DiskFull : ErrorCode::Io,
                    QStringLiteral("Cannot make the root disk: %1").arg(m_file.errorString()));
    }
    m_notBegun += size;
    if (m_notBegun >= SyncEveryBytes) {
        const qint64 end = qint64(block * BlockBytes) + size;
        beginSync(m_file.handle(), std::max<qint64>(end - m_notBegun, 0), m_notBegun);
        m_notBegun = 0;
    }
    return {};
}

Result<quint64> Ext4Data::flushed()
{
    const Result<void> written = flush();
    BOXGATE_TRY(written);
    return m_next;
}

Result<void> Ext4Data::drop(quint64 first, quint64 blocks)
{
    return dropRange(m_file.handle(), qint64(first * BlockBytes), qint64(blocks * BlockBytes));
}

Result<void> Ext4Data::dropUnclaimed()
{
    const Result<void> written = flush();
    BOXGATE_TRY(written);
    blk64_t at = m_fs->super->s_first_data_block;
    while (at < m_next) {
        blk64_t from = 0;
        blk64_t to = m_next;
        if (ext2fs_find_first_zero_block_bitmap2(m_fs->block_map, at, m_next - 1, &from) != 0)
            break;
        if (ext2fs_find_first_set_block_bitmap2(m_fs->block_map, from, m_next - 1, &to) != 0)
            to = m_next;
        const Result<void> dropped = drop(from, to - from);
        BOXGATE_TRY(dropped);
        at = to;
    }
    return {};
}

} // namespace boxgate
