#include "core/image/archive/archivereader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace boxgate {

namespace {

constexpr qsizetype ChunkBytes = 256 * 1024;
constexpr qsizetype MaxNameBytes = 4096;

struct ArchiveFree
{
    void operator()(archive *handle) const { archive_read_free(handle); }
};

QByteArray linkTarget(archive_entry *entry, const QByteArray &name)
{
    if (const char *target = archive_entry_hardlink(entry))
        return normalisedName(target);
    const char *target = archive_entry_symlink(entry);
    if (!target || *target == '/')
        return {};
    return normalisedName(target, name.left(std::max<qsizetype>(name.lastIndexOf('/'), 0)));
}

} // namespace

QByteArray normalisedName(const QByteArray &path, const QByteArray &base)
{
    if (path.size() > MaxNameBytes)
        return {};
    QList<QByteArray> parts = base.isEmpty() ? QList<QByteArray>() : base.split('/');
    for (const QByteArray &part : path.split('/')) {
        if (part.isEmpty() || part == ".")
            continue;
        if (part != "..")
            parts.append(part);
        else if (parts.isEmpty())
            return {};
        else
            parts.removeLast();
    }
    return parts.join('/');
}

struct ArchiveReader::Stream
{
    ByteSource source;
    QByteArray chunk = QByteArray(ChunkBytes, Qt::Uninitialized);
    QByteArray data = QByteArray(ChunkBytes, Qt::Uninitialized);
    std::optional<Error> failure; ///< what stopped the source
    std::unique_ptr<archive, ArchiveFree> tar{archive_read_new()};

    static la_ssize_t onRead(archive *handle, void *context, const void **buffer)
    {
        auto *self = static_cast<Stream *>(context);
        const Result<qint64> count = self->source(self->chunk.data(), self->chunk.size());
        *buffer = self->chunk.constData();
        if (count)
            return la_ssize_t(*count);
        self->failure = count.error();
        archive_set_error(handle, EIO, "read failed");
        return -1;
    }

    tl::unexpected<Error> corrupt(const QString &why) const
    {
        if (failure)
            return boxgate::fail(*failure);
        const char *text = archive_error_string(tar.get());
        return boxgate::fail(ErrorCode::Corrupt, why, text ? QString::fromLocal8Bit(text) : QString());
    }
};

ArchiveReader::ArchiveReader(std::unique_ptr<Stream> stream)
    : m_stream(std::move(stream))
{ }

ArchiveReader::~ArchiveReader() = default;

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(ByteSource source, const ArchiveLimits &limits)
{
    auto stream = std::make_unique<Stream>();
    stream->source = std::move(source);
    archive *const tar = stream->tar.get();
    archive_read_support_filter_gzip(tar);
    archive_read_support_filter_zstd(tar);
    archive_read_support_filter_bzip2(tar);
    archive_read_support_format_tar(tar);
    if (archive_read_open(tar, stream.get(), nullptr, Stream::onRead, nullptr) != ARCHIVE_OK) {
        return stream->corrupt(QStringLiteral("It is not an image archive: a tar of an OCI layout or of "
                                              "'docker save' is needed"));
    }
    std::unique_ptr<ArchiveReader> reader(new ArchiveReader(std::move(stream)));
    reader->m_left = limits;
    return reader;
}

Result<void> ArchiveReader::count(qsizetype nameBytes, qint64 size)
{
    m_left.entries -= 1;
    m_left.nameBytes -= nameBytes;
    if (m_left.entries < 0 || m_left.nameBytes < 0)
        return fail(ErrorCode::Corrupt, QStringLiteral("The archive has more files than an image can have"));
    if (size < 0 || size > m_left.bytes)
        return fail(ErrorCode::Corrupt, QStringLiteral("The archive's files are too large"));
    m_left.bytes -= size;
    return {};
}

Result<std::optional<ArchiveEntry>> ArchiveReader::next()
{
    for (;;) {
        archive_entry *header = nullptr;
        const int status = archive_read_next_header(m_stream->tar.get(), &header);
        if (status == ARCHIVE_EOF)
            return std::optional<ArchiveEntry>();
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return m_stream->corrupt(QStringLiteral("The archive is cut off or damaged"));
        const char *path = archive_entry_pathname(header);
        ArchiveEntry entry;
        entry.name = path ? normalisedName(path) : QByteArray();
        const bool isLink = archive_entry_hardlink(header) || archive_entry_symlink(header);
        const bool isFile = !isLink && archive_entry_filetype(header) == AE_IFREG;
        if (isLink)
            entry.target = linkTarget(header, entry.name);
        if (isFile)
            entry.size = archive_entry_size(header);
        const Result<void> counted = count(entry.name.size() + entry.target.size(), entry.size);
        BOXGATE_TRY(counted);
        if (!entry.name.isEmpty() && (isFile || !entry.target.isEmpty()))
            return std::optional<ArchiveEntry>(std::move(entry));
    }
}

Result<void> ArchiveReader::content(const Sink &sink)
{
    for (;;) {
        const la_ssize_t count =
            archive_read_data(m_stream->tar.get(), m_stream->data.data(), std::size_t(ChunkBytes));
        if (count == 0)
            return {};
        if (count < 0)
            return m_stream->corrupt(QStringLiteral("The archive is cut off or damaged"));
        const Result<void> taken = sink(m_stream->data.constData(), qint64(count));
        BOXGATE_TRY(taken);
    }
}

} // namespace boxgate
