#include "core/image/disk/ext4file.h"

#include <algorithm>
#include <cstring>

namespace boxgate {

namespace {

constexpr quint64 BlockBytes = Ext4Geometry::BlockBytes;
constexpr quint32 LongestExtent = 32768; ///< blocks, of an initialised extent

bool isZero(const char *bytes, quint64 count)
{
    return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0;
}

} // namespace

Ext4File::Ext4File(Ext4Image &image, quint32 inode, quint64 size)
    : m_image(image)
    , m_inode(inode)
    , m_size(size)
{
    m_buffer.reserve(qsizetype(std::min<quint64>(quint64(BufferBytes), size)));
}

Result<void> Ext4File::write(quint64 offset, const char *data, std::size_t size)
{
    const quint64 position = m_start + quint64(m_buffer.size());
    if (offset < position || offset > m_size || size > m_size - offset) {
        return fail(
            ErrorCode::Corrupt,
            QStringLiteral("The image cannot be unpacked: a file's parts do not lie within its size"));
    }
    quint64 gap = offset - position;
    if (gap > quint64(BufferBytes)) {
        // The hole reaches beyond the buffer: begin a new one at the block that holds offset.
        const Result<void> flushed = flush();
        BOXGATE_TRY(flushed);
        m_start = offset / BlockBytes * BlockBytes;
        gap = offset - m_start;
    }
    while (gap > 0 || size > 0) {
        const qsizetype room = BufferBytes - m_buffer.size();
        if (gap > 0) {
            const qsizetype part = qsizetype(std::min<quint64>(gap, quint64(room)));
            m_buffer.append(part, '\0');
            gap -= quint64(part);
        } else {
            const qsizetype part = qsizetype(std::min<std::size_t>(size, std::size_t(room)));
            m_buffer.append(data, part);
            data += part;
            size -= std::size_t(part);
        }
        if (m_buffer.size() == BufferBytes) {
            const Result<void> flushed = flush();
            BOXGATE_TRY(flushed);
        }
    }
    return {};
}

Result<void> Ext4File::flush()
{
    const qsizetype padding =
        (qsizetype(BlockBytes) - m_buffer.size() % qsizetype(BlockBytes)) % qsizetype(BlockBytes);
    m_buffer.append(padding, '\0');
    const quint32 blocks = quint32(quint64(m_buffer.size()) / BlockBytes);
    const quint64 first = m_start / BlockBytes;
    quint32 from = 0;
    while (from < blocks) {
        const auto at = [this](quint32 block) { return m_buffer.constData() + block * BlockBytes; };
        if (isZero(at(from), BlockBytes)) {
            ++from;
            continue;
        }
        quint32 to = from + 1;
        while (to < blocks && !isZero(at(to), BlockBytes))
            ++to;
        const Result<void> stored = store(first + from, at(from), to - from);
        BOXGATE_TRY(stored);
        from = to;
    }
    m_start += quint64(m_buffer.size());
    m_buffer.resize(0);
    return {};
}

Result<void> Ext4File::store(quint64 logical, const char *bytes, quint32 blocks)
{
    while (blocks > 0) {
        const Result<Ext4Image::Extent> taken = m_image.takeBlocks(logical, blocks);
        BOXGATE_TRY(taken);
        const Result<void> written = m_image.writeBlocks(*taken, bytes, taken->length);
        BOXGATE_TRY(written);
        Ext4Image::Extent *const last = m_extents.isEmpty() ? nullptr : &m_extents.last();
        if (last && last->logical + last->length == logical
            && last->physical + last->length == taken->physical
            && last->length + taken->length <= LongestExtent)
            last->length += taken->length;
        else
            m_extents.append(*taken);
        logical += taken->length;
        bytes += taken->length * BlockBytes;
        blocks -= taken->length;
    }
    return {};
}

Result<void> Ext4File::finish()
{
    const Result<void> flushed = flush();
    BOXGATE_TRY(flushed);
    return m_image.setContents(m_inode, m_extents, m_size);
}

} // namespace boxgate
