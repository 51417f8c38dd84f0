#include "core/image/archive/tarwriter.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace boxgate {

namespace {

constexpr int FileMode = 0644;

struct WriterFree
{
    void operator()(archive *handle) const { archive_write_free(handle); }
    void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};

} // namespace

struct TarWriter::Stream
{
    Sink sink;
    std::optional<Error> failure; ///< of the sink
    std::unique_ptr<archive, WriterFree> tar{archive_write_new()};

    static la_ssize_t onWrite(archive *handle, void *context, const void *data, std::size_t size)
    {
        auto *self = static_cast<Stream *>(context);
        const Result<void> taken = self->sink(static_cast<const char *>(data), qint64(size));
        if (taken)
            return la_ssize_t(size);
        self->failure = taken.error();
        archive_set_error(handle, EIO, "write failed");
        return -1;
    }

    Result<void> check(la_ssize_t status) const
    {
        if (status >= 0)
            return {};
        if (failure)
            return fail(*failure);
        const char *text = archive_error_string(tar.get());
        return fail(
            ErrorCode::Internal,
            QStringLiteral("Cannot write the archive: %1").arg(QString::fromLocal8Bit(text ? text : "")));
    }
};

TarWriter::TarWriter(Sink sink)
    : m_stream(std::make_unique<Stream>())
{
    m_stream->sink = std::move(sink);
    archive_write_set_format_pax_restricted(m_stream->tar.get());
    archive_write_add_filter_none(m_stream->tar.get());
    archive_write_open(m_stream->tar.get(), m_stream.get(), nullptr, Stream::onWrite, nullptr);
}

TarWriter::~TarWriter() = default;

Result<void> TarWriter::beginFile(const QByteArray &name, qint64 size)
{
    const std::unique_ptr<archive_entry, WriterFree> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.constData());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), FileMode);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), size);
    return m_stream->check(archive_write_header(m_stream->tar.get(), entry.get()));
}

Result<void> TarWriter::write(const char *data, qint64 size)
{
    return m_stream->check(archive_write_data(m_stream->tar.get(), data, std::size_t(size)));
}

Result<void> TarWriter::addFile(const QByteArray &name, const QByteArray &bytes)
{
    const Result<void> begun = beginFile(name, bytes.size());
    BOXGATE_TRY(begun);
    return write(bytes.constData(), bytes.size());
}

Result<void> TarWriter::finish() { return m_stream->check(archive_write_close(m_stream->tar.get())); }

} // namespace boxgate
