#include "core/image/store/blobwriter.h"

#include "core/image/disk/disksync.h"
#include "core/image/store/atomicfile.h"

#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace boxgate {

namespace {

constexpr qint64 ChunkBytes = 1 << 20;

} // namespace

BlobWriter::BlobWriter(const BlobDescriptor &descriptor, const Files &files, FileLock lock)
    : m_descriptor(descriptor)
    , m_files(files)
    , m_lock(std::move(lock))
    , m_file(files.part)
{ }

Result<void> BlobWriter::open()
{
    if (!m_file.open(QIODevice::ReadWrite | QIODevice::Unbuffered))
        return fail(fileError(m_file, QStringLiteral("Cannot write %1").arg(m_files.part)));
    if (m_file.size() > m_descriptor.size)
        return restart();
    QByteArray chunk(ChunkBytes, Qt::Uninitialized);
    qint64 count = 0;
    while ((count = m_file.read(chunk.data(), chunk.size())) > 0) {
        m_hash.addData(QByteArrayView(chunk.constData(), count));
        m_offset += count;
    }
    if (count < 0)
        return fail(fileError(m_file, QStringLiteral("Cannot read %1").arg(m_files.part)));
    return {};
}

Result<void> BlobWriter::write(const char *data, qint64 size)
{
    if (size > m_descriptor.size - m_offset) {
        const Result<void> emptied = restart();
        BOXGATE_TRY(emptied);
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The blob %1 has more than the %2 bytes it should have")
                        .arg(m_descriptor.digest.toString())
                        .arg(m_descriptor.size));
    }
    while (size > 0) {
        const qint64 count = m_file.write(data, size);
        if (count <= 0)
            return fail(fileError(m_file, QStringLiteral("Cannot write %1").arg(m_files.part)));
        m_hash.addData(QByteArrayView(data, count));
        m_offset += count;
        data += count;
        size -= count;
    }
    return {};
}

Result<void> BlobWriter::restart()
{
    m_hash.reset();
    m_offset = 0;
    if (!m_file.resize(0) || !m_file.seek(0))
        return fail(fileError(m_file, QStringLiteral("Cannot empty %1").arg(m_files.part)));
    return {};
}

Result<void> BlobWriter::commit()
{
    if (m_offset < m_descriptor.size) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The blob %1 ends after %2 bytes, it should have %3")
                        .arg(m_descriptor.digest.toString())
                        .arg(m_offset)
                        .arg(m_descriptor.size));
    }
    const Digest found = Digest::fromHash(m_hash.result());
    if (found != m_descriptor.digest) {
        const Result<void> emptied = restart();
        BOXGATE_TRY(emptied);
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The blob %1 is damaged: its bytes have the digest %2")
                        .arg(m_descriptor.digest.toString(), found.toString()));
    }
    const Result<void> synced = syncToDisk(m_file.handle());
    BOXGATE_TRY(synced);
    if (std::rename(QFile::encodeName(m_files.part).constData(), QFile::encodeName(m_files.blob).constData())
        != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(m_files.part)));
    const Result<void> named = syncDirectory(QFileInfo(m_files.blob).path());
    BOXGATE_TRY(named);
    // Not earlier: an end in between would leave a part that nobody can go on with.
    QFile::setPermissions(m_files.blob, QFileDevice::ReadOwner | QFileDevice::ReadGroup);
    QFile::remove(m_files.lock); // whoever waits for it finds the blob
    m_lock = FileLock();
    return {};
}

} // namespace boxgate
