#include "core/image/disk/buildlog.h"

#include <QDataStream>
#include <QSysInfo>

namespace boxgate {

namespace {

constexpr qint64 HeadBytes = 8 + 8 + 64; ///< of a record: bytes, next block, digest
constexpr qsizetype ReadBytes = 64 * 1024;

QByteArray headOf(quint64 bytes, quint64 nextBlock, const QByteArray &digest)
{
    QByteArray head;
    QDataStream stream(&head, QIODevice::WriteOnly);
    stream << bytes << nextBlock;
    return head + digest.leftJustified(64, '\0', true);
}

QByteArray packed(const LayerEntry &entry, const QList<Extent> &extents)
{
    const FileAttributes &a = entry.attributes;
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream << entry.path << entry.hardLink << quint8(a.type) << a.mode << a.uid << a.gid << a.mtimeSeconds
           << a.mtimeNanoseconds << a.size << a.deviceMajor << a.deviceMinor << a.target
           << quint32(a.xattrs.size());
    for (const auto &[name, value] : a.xattrs)
        stream << name << value;
    stream << quint32(extents.size());
    for (const Extent &extent : extents)
        stream << extent.logical << extent.physical << extent.length;
    return bytes;
}

void unpack(QDataStream &stream, LayerEntry &entry, QList<Extent> &extents)
{
    FileAttributes &a = entry.attributes;
    quint8 type = 0;
    quint32 count = 0;
    stream >> entry.path >> entry.hardLink >> type >> a.mode >> a.uid >> a.gid >> a.mtimeSeconds
        >> a.mtimeNanoseconds >> a.size >> a.deviceMajor >> a.deviceMinor >> a.target >> count;
    a.type = FileType(type);
    for (; count > 0 && stream.status() == QDataStream::Ok; --count) {
        QByteArray name;
        QByteArray value;
        stream >> name >> value;
        a.xattrs.emplaceBack(name, value);
    }
    stream >> count;
    for (; count > 0 && stream.status() == QDataStream::Ok; --count) {
        Extent extent;
        stream >> extent.logical >> extent.physical >> extent.length;
        extents.append(extent);
    }
}

} // namespace

BuildLog::BuildLog(const QString &file, const QByteArray &key)
    : m_file(file)
    , m_key(Digest::ofBytes(key + QSysInfo::bootUniqueId()).hex().toLatin1())
{ }

Result<void> BuildLog::open()
{
    if (!m_file.open(QIODevice::ReadWrite)) {
        return fail(ErrorCode::Denied,
                    QStringLiteral("Cannot open %1: %2").arg(m_file.fileName(), m_file.errorString()));
    }
    if (m_file.read(m_key.size()) == m_key) {
        findNext();
        return {};
    }
    m_file.resize(0);
    m_file.seek(0);
    return write(m_key);
}

Result<void> BuildLog::write(const QByteArray &bytes)
{
    if (m_file.write(bytes) == bytes.size())
        return {};
    return fail(m_file.error() == QFileDevice::ResourceError ? ErrorCode::DiskFull : ErrorCode::Io,
                QStringLiteral("Cannot write %1: %2").arg(m_file.fileName(), m_file.errorString()));
}

/// Reads the head of the record at the present position, and stays behind it.
void BuildLog::findNext()
{
    m_next.reset();
    const qint64 begin = m_file.pos();
    const QByteArray head = m_file.read(HeadBytes);
    QDataStream stream(head);
    Record record;
    stream >> record.bytes >> record.nextBlock;
    record.digest = head.mid(16);
    if (head.size() == HeadBytes && record.bytes > 0
        && record.bytes <= quint64(m_file.size() - m_file.pos())) {
        Sha256 hash;
        for (quint64 left = record.bytes; left > 0;) {
            const QByteArray part = m_file.read(qint64(std::min<quint64>(left, quint64(ReadBytes))));
            if (part.isEmpty())
                break;
            hash.addData(part);
            left -= quint64(part.size());
        }
        if (hash.result().toHex() == record.digest) {
            m_file.seek(begin + HeadBytes);
            m_next = record;
            return;
        }
    }
    m_file.seek(begin);
}

Result<void> BuildLog::replay(const Visit &visit)
{
    const qint64 end = m_file.pos() + qint64(m_next->bytes);
    QDataStream stream(&m_file);
    // The last byte ends the record: an empty layer has one, too.
    while (m_file.pos() < end - 1) {
        LayerEntry entry;
        QList<Extent> extents;
        unpack(stream, entry, extents);
        if (stream.status() != QDataStream::Ok || m_file.pos() > end - 1)
            return fail(ErrorCode::Corrupt, QStringLiteral("%1 cannot be read").arg(m_file.fileName()));
        const Result<void> visited = visit(entry, extents);
        BOXGATE_TRY(visited);
    }
    m_file.seek(end);
    findNext();
    return {};
}

Result<void> BuildLog::begin()
{
    m_begin = m_file.pos();
    m_file.resize(m_begin);
    m_next.reset();
    m_hash = std::make_unique<Sha256>();
    m_bytes = 0;
    return write(headOf(0, 0, {}));
}

Result<void> BuildLog::add(const LayerEntry &entry, const QList<Extent> &extents)
{
    const QByteArray bytes = packed(entry, extents);
    m_hash->addData(bytes);
    m_bytes += quint64(bytes.size());
    return write(bytes);
}

Result<void> BuildLog::commit(quint64 nextBlock)
{
    const QByteArray end(1, '\0');
    m_hash->addData(end);
    const Result<void> ended = write(end);
    BOXGATE_TRY(ended);
    const qint64 behind = m_file.pos();
    m_file.seek(m_begin);
    const Result<void> written = write(headOf(m_bytes + 1, nextBlock, m_hash->result().toHex()));
    BOXGATE_TRY(written);
    m_file.seek(behind);
    if (!m_file.flush())
        return write({});
    return {};
}

} // namespace boxgate
