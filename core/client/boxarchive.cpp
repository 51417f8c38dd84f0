#include "core/client/boxarchive.h"

#include <QCryptographicHash>
#include <QFile>
#include <QtEndian>

#include <archive_entry.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace boxgate {

namespace {

/// Blocks of zeros are left out of the file.
constexpr qsizetype BlockBytes = 64 * 1024;

Error errorOf(const tree::ArchivePipe &pipe, archive *handle, const char *what)
{
    const tree::Problem problem = pipe.problem(handle, what);
    if (problem == tree::CancelledProblem)
        return {ErrorCode::Cancelled, QStringLiteral("It was cancelled"), {}};
    const bool isFull = archive_errno(handle) == ENOSPC || archive_errno(handle) == EDQUOT;
    return {isFull ? ErrorCode::DiskFull : ErrorCode::Io, QString::fromLocal8Bit(problem.c_str()), {}};
}

void addChunk(QCryptographicHash &hash, quint64 offset, const QByteArray &bytes)
{
    const quint64 little = qToLittleEndian(offset);
    hash.addData(QByteArrayView(reinterpret_cast<const char *>(&little), sizeof little));
    hash.addData(bytes);
}

bool isZero(QByteArrayView bytes)
{
    return bytes.isEmpty()
        || (bytes.front() == 0
            && std::memcmp(bytes.data(), bytes.data() + 1, std::size_t(bytes.size()) - 1) == 0);
}

class Writer
{
public:
    Writer(int fd, const TransferCount &count)
        : m_pipe(fd, count.cancelled)
        , m_archive(archive_write_new())
    { }
    ~Writer() { archive_write_free(m_archive); }

    Result<void> open()
    {
        archive_write_add_filter_zstd(m_archive);
        archive_write_set_format_ustar(m_archive);
        archive_write_set_bytes_in_last_block(m_archive, 1);
        return m_pipe.openWriter(m_archive) == ARCHIVE_OK ? Result<void>() : fail(failure());
    }

    Result<void> add(const QString &name, const QByteArray &bytes, const QDateTime &time)
    {
        const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                                  &archive_entry_free);
        archive_entry_set_pathname(entry.get(), name.toLatin1().constData());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0600);
        archive_entry_set_mtime(entry.get(), time.toSecsSinceEpoch(), 0);
        archive_entry_set_size(entry.get(), bytes.size());
        if (archive_write_header(m_archive, entry.get()) != ARCHIVE_OK
            || archive_write_data(m_archive, bytes.constData(), std::size_t(bytes.size())) != bytes.size())
            return fail(failure());
        return {};
    }

    Result<void> close()
    {
        return archive_write_close(m_archive) == ARCHIVE_OK ? Result<void>() : fail(failure());
    }
    /// Keeps it from being completed.
    void abandon() { archive_write_fail(m_archive); }

private:
    Error failure() const { return errorOf(m_pipe, m_archive, "Cannot write the exported box"); }

    tree::ArchivePipe m_pipe;
    archive *m_archive;
};

/// The offsets of all chunks that hold something, by the disk's map.
Result<QList<quint64>> chunksOf(DiskReader &disk)
{
    QList<quint64> chunks;
    for (quint64 offset = 0; offset < disk.size().count();) {
        const Result<quint64> data = disk.nextData(offset);
        BOXGATE_TRY(data);
        if (*data >= disk.size().count())
            break;
        const quint64 chunk = *data / ChunkBytes * ChunkBytes;
        chunks.append(chunk);
        offset = chunk + ChunkBytes;
    }
    return chunks;
}

Result<void> writeAll(Writer &out, BoxManifest manifest, DiskReader &disk, TransferCount &count)
{
    const Result<QList<quint64>> chunks = chunksOf(disk);
    BOXGATE_TRY(chunks);
    manifest.diskSize = disk.size();
    manifest.chunks = quint64(chunks->size());
    count.total = manifest.chunks * ChunkBytes;
    const Result<void> begun = out.add(ManifestName, manifest.encode(), manifest.exportedAt);
    BOXGATE_TRY(begun);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const quint64 offset : *chunks) {
        QByteArray bytes(qsizetype(chunkLength(offset, disk.size())), Qt::Uninitialized);
        const Result<void> read = disk.read(offset, bytes.data(), bytes.size());
        BOXGATE_TRY(read);
        const Result<void> added = out.add(chunkName(offset), bytes, manifest.exportedAt);
        BOXGATE_TRY(added);
        addChunk(hash, offset, bytes);
        count.done += quint64(bytes.size());
    }
    const ArchiveEnd end{manifest.chunks, hash.result()};
    const Result<void> ended = out.add(EndName, end.encode(), manifest.exportedAt);
    BOXGATE_TRY(ended);
    return out.close();
}

/// A raw file, written from its begin to its end with holes where nothing is.
class SparseFile
{
public:
    explicit SparseFile(const QString &file)
        : m_name(file)
        , m_fd(::open(QFile::encodeName(file).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))
    { }
    ~SparseFile()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }

    Result<void> resize(Bytes size)
    {
        return m_fd >= 0 && ::ftruncate(m_fd, off_t(size.count())) == 0 ? Result<void>() : fail(failure());
    }

    Result<void> write(quint64 offset, QByteArrayView bytes)
    {
        for (qsizetype begin = 0; begin < bytes.size(); begin += BlockBytes) {
            QByteArrayView block = bytes.sliced(begin, std::min(BlockBytes, bytes.size() - begin));
            if (isZero(block))
                continue;
            for (quint64 at = offset + quint64(begin); !block.isEmpty();) {
                const ssize_t count = ::pwrite(m_fd, block.data(), std::size_t(block.size()), off_t(at));
                if (count <= 0 && errno != EINTR)
                    return fail(failure());
                if (count > 0) {
                    block = block.sliced(count);
                    at += quint64(count);
                }
            }
        }
        return {};
    }

    Result<void> sync() { return ::fsync(m_fd) == 0 ? Result<void>() : fail(failure()); }

private:
    Error failure() const
    {
        return Error::fromErrno(errno, QStringLiteral("Cannot write the disk %1").arg(m_name));
    }

    QString m_name;
    int m_fd;
};

Error damaged(const QString &how)
{
    return {ErrorCode::Corrupt, QStringLiteral("The exported box is damaged: %1").arg(how), {}};
}

} // namespace

Result<void> writeBoxArchive(int fd, BoxManifest manifest, DiskReader &disk, TransferCount &count)
{
    Writer out(fd, count);
    const Result<void> opened = out.open();
    BOXGATE_TRY(opened);
    const Result<void> written = writeAll(out, std::move(manifest), disk, count);
    if (!written)
        out.abandon();
    return written;
}

BoxArchiveReader::BoxArchiveReader(int fd, std::shared_ptr<TransferCount> count)
    : m_count(std::move(count))
    , m_pipe(fd, m_count->cancelled)
    , m_archive(archive_read_new())
{ }

BoxArchiveReader::~BoxArchiveReader() { archive_read_free(m_archive); }

Error BoxArchiveReader::failure(const char *what) const
{
    Error error = errorOf(m_pipe, m_archive, what);
    if (error.code == ErrorCode::Io)
        error.code = ErrorCode::Corrupt;
    return error;
}

Result<std::shared_ptr<BoxArchiveReader>> BoxArchiveReader::open(int fd, std::shared_ptr<TransferCount> count)
{
    std::shared_ptr<BoxArchiveReader> reader(new BoxArchiveReader(fd, std::move(count)));
    archive_read_support_filter_zstd(reader->m_archive);
    archive_read_support_format_tar(reader->m_archive);
    if (reader->m_pipe.openReader(reader->m_archive) != ARCHIVE_OK)
        return fail(reader->failure("This is no exported box"));
    const Result<QByteArray> name = reader->nextName();
    BOXGATE_TRY(name);
    if (*name != ManifestName.toLatin1())
        return fail(ErrorCode::Corrupt, QStringLiteral("This is no box that Boxgate has exported"));
    const Result<QByteArray> json = reader->readContent(BoxManifest::MaxBytes);
    BOXGATE_TRY(json);
    const Result<BoxManifest> manifest = BoxManifest::decode(*json);
    BOXGATE_TRY(manifest);
    reader->m_manifest = *manifest;
    reader->m_count->total = manifest->chunks * ChunkBytes;
    return reader;
}

/// Of the next entry; empty at the end.
Result<QByteArray> BoxArchiveReader::nextName()
{
    archive_entry *entry = nullptr;
    const int status = archive_read_next_header(m_archive, &entry);
    if (status == ARCHIVE_EOF)
        return QByteArray();
    if (status < ARCHIVE_WARN)
        return fail(failure("The exported box is damaged"));
    const char *const name = archive_entry_pathname(entry);
    m_size = archive_entry_size(entry);
    if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || m_size < 0)
        return fail(damaged(QStringLiteral("it holds something that is no file")));
    return QByteArray(name);
}

Result<QByteArray> BoxArchiveReader::readContent(qsizetype maxBytes)
{
    if (m_size > maxBytes)
        return fail(damaged(QStringLiteral("a part of it is too large")));
    QByteArray bytes(qsizetype(m_size), Qt::Uninitialized);
    for (qsizetype got = 0; got < bytes.size();) {
        const la_ssize_t count =
            archive_read_data(m_archive, bytes.data() + got, std::size_t(bytes.size() - got));
        if (count < 0)
            return fail(failure("The exported box is damaged"));
        if (count == 0)
            return fail(damaged(QStringLiteral("it is cut off")));
        got += count;
    }
    return bytes;
}

Result<void> BoxArchiveReader::writeDisk(const QString &file)
{
    const Bytes size = m_manifest.diskSize;
    SparseFile disk(file);
    const Result<void> made = disk.resize(size);
    BOXGATE_TRY(made);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    quint64 chunks = 0;
    quint64 next = 0;
    for (;;) {
        const Result<QByteArray> name = nextName();
        BOXGATE_TRY(name);
        if (name->isEmpty())
            return fail(damaged(QStringLiteral("it is cut off")));
        if (*name == EndName.toLatin1())
            break;
        const std::optional<quint64> offset = chunkOffset(*name, size);
        if (!offset || *offset < next || quint64(m_size) != chunkLength(*offset, size))
            return fail(damaged(QStringLiteral("it holds a part that does not belong there")));
        const Result<QByteArray> bytes = readContent(qsizetype(ChunkBytes));
        BOXGATE_TRY(bytes);
        const Result<void> written = disk.write(*offset, *bytes);
        BOXGATE_TRY(written);
        addChunk(hash, *offset, *bytes);
        m_count->done += quint64(bytes->size());
        next = *offset + ChunkBytes;
        ++chunks;
    }
    const Result<QByteArray> json = readContent(ArchiveEnd::MaxBytes);
    BOXGATE_TRY(json);
    const Result<ArchiveEnd> end = ArchiveEnd::decode(*json);
    BOXGATE_TRY(end);
    if (chunks != end->chunks || chunks != m_manifest.chunks || hash.result() != end->sha256)
        return fail(damaged(QStringLiteral("its disk is not what it says it is")));
    return disk.sync();
}

} // namespace boxgate
