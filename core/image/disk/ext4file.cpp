#include "core/image/disk/ext4file.h"

#include "core/image/disk/ext4geometry.h"

#include <algorithm>
#include <cstring>

namespace boxgate {

namespace {

constexpr quint64 BlockBytes = Ext4Geometry::BlockBytes;

bool isZero(const char *block) { return block[0] == 0 && std::memcmp(block, block + 1, BlockBytes - 1) == 0; }

} // namespace

Ext4File::Ext4File(Ext4Data &data, quint64 size, QList<Extent> &extents)
    : m_data(data)
    , m_size(size)
    , m_extents(extents)
{ }

Result<void> Ext4File::write(quint64 offset, const char *bytes, std::size_t size)
{
    const quint64 position = m_block * BlockBytes + quint64(m_partial.size());
    if (offset < position || offset > m_size || size > m_size - offset) {
        return fail(
            ErrorCode::Corrupt,
            QStringLiteral("The image cannot be unpacked: a file's parts do not lie within its size"));
    }
    if (size == 0)
        return {};
    const Result<void> started = startAt(offset);
    BOXGATE_TRY(started);
    const Result<void> filled = fillBlock(bytes, size);
    BOXGATE_TRY(filled);
    const quint64 whole = size / BlockBytes;
    const Result<void> stored = store(bytes, whole);
    BOXGATE_TRY(stored);
    m_partial.append(bytes + whole * BlockBytes, qsizetype(size % BlockBytes));
    return {};
}

/// Leaves a hole up to the block that holds offset, and zeros from its begin to there.
Result<void> Ext4File::startAt(quint64 offset)
{
    if (offset / BlockBytes > m_block) {
        const Result<void> finished = finish();
        BOXGATE_TRY(finished);
        m_block = offset / BlockBytes;
    }
    m_partial.append(qsizetype(offset - m_block * BlockBytes) - m_partial.size(), '\0');
    return {};
}

/// Completes a block that has begun.
Result<void> Ext4File::fillBlock(const char *&bytes, std::size_t &size)
{
    if (m_partial.isEmpty())
        return {};
    const std::size_t part = std::min<std::size_t>(size, BlockBytes - std::size_t(m_partial.size()));
    m_partial.append(bytes, qsizetype(part));
    bytes += part;
    size -= part;
    return quint64(m_partial.size()) == BlockBytes ? finish() : Result<void>();
}

Result<void> Ext4File::store(const char *bytes, quint64 blocks)
{
    quint64 from = 0;
    while (from < blocks) {
        if (isZero(bytes + from * BlockBytes)) {
            ++from;
            continue;
        }
        quint64 to = from + 1;
        while (to < blocks && !isZero(bytes + to * BlockBytes))
            ++to;
        const Result<void> stored =
            m_data.append(m_block + from, bytes + from * BlockBytes, to - from, m_extents);
        BOXGATE_TRY(stored);
        from = to;
    }
    m_block += blocks;
    return {};
}

Result<void> Ext4File::finish()
{
    if (m_partial.isEmpty())
        return {};
    m_partial.append(qsizetype(BlockBytes) - m_partial.size(), '\0');
    const QByteArray block = std::exchange(m_partial, {});
    return store(block.constData(), 1);
}

} // namespace boxgate
