#include "core/image/disk/ext4directory.h"

#include <QtEndian>

namespace boxgate {

namespace {

constexpr quint32 BlockBytes = 4096;
constexpr quint32 TailBytes = 12; ///< struct ext4_dir_entry_tail
constexpr quint32 UsableBytes = BlockBytes - TailBytes;
constexpr quint8 TailType = 0xDE;
constexpr quint8 DirectoryType = 2; ///< EXT2_FT_DIR

/// inode, record length, name length, type; the name; padded to four bytes.
quint32 recordBytes(qsizetype nameBytes) { return quint32((8 + nameBytes + 3) & ~qsizetype(3)); }

class Layout
{
public:
    Layout() { open(); }

    void add(const DirectoryRecord &record)
    {
        const quint32 length = recordBytes(record.name.size());
        if (m_used + length > UsableBytes) {
            close();
            open();
        }
        char *at = m_blocks.last().data() + m_used;
        qToLittleEndian(record.inode, at);
        qToLittleEndian(quint16(length), at + 4);
        at[6] = char(record.name.size());
        at[7] = char(record.fileType);
        memcpy(at + 8, record.name.constData(), std::size_t(record.name.size()));
        m_last = m_used;
        m_used += length;
    }

    QList<QByteArray> take()
    {
        close();
        return std::move(m_blocks);
    }

private:
    void open()
    {
        m_blocks.append(QByteArray(BlockBytes, '\0'));
        m_used = 0;
        m_last = 0;
    }

    /// The last record reaches to the tail.
    void close()
    {
        char *block = m_blocks.last().data();
        qToLittleEndian(quint16(UsableBytes - m_last), block + m_last + 4);
        qToLittleEndian(quint16(TailBytes), block + UsableBytes + 4);
        block[UsableBytes + 7] = char(TailType);
    }

    QList<QByteArray> m_blocks;
    quint32 m_used = 0;
    quint32 m_last = 0;
};

} // namespace

QList<QByteArray> directoryBlocks(quint32 self, quint32 parent, const QList<DirectoryRecord> &records)
{
    Layout layout;
    layout.add({self, DirectoryType, "."});
    layout.add({parent, DirectoryType, ".."});
    for (const DirectoryRecord &record : records)
        layout.add(record);
    return layout.take();
}

DirectorySize::DirectorySize()
    : m_used(recordBytes(1) + recordBytes(2))
{ }

void DirectorySize::add(qsizetype nameBytes)
{
    const quint32 length = recordBytes(nameBytes);
    if (m_used + length > UsableBytes) {
        ++m_blocks;
        m_used = 0;
    }
    m_used += length;
}

} // namespace boxgate
