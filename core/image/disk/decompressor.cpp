#include "core/image/disk/decompressor.h"

#include <archive.h>
#include <archive_entry.h>
#include <isa-l/igzip_lib.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace boxgate {

namespace {

using Source = Decompressor::Source;

tl::unexpected<Error> corrupt(const QString &why)
{
    return fail(ErrorCode::Corrupt, QStringLiteral("it cannot be decompressed"), why);
}

/// Several members in a row are one stream (RFC 1952, section 2.2); what follows the last is ignored, as by
/// gzip.
class GzipDecompressor final : public Decompressor
{
public:
    GzipDecompressor(QByteArray first, Source source)
        : m_source(std::move(source))
        , m_state(std::make_unique<inflate_state>())
    {
        isal_inflate_init(m_state.get());
        m_state->crc_flag = ISAL_GZIP;
        feed(std::move(first));
    }

    Result<std::size_t> read(char *to, std::size_t size) override
    {
        m_state->next_out = reinterpret_cast<std::uint8_t *>(to);
        m_state->avail_out = std::uint32_t(size);
        while (m_state->avail_out > 0 && !m_ended) {
            const Result<void> filled = fill();
            BOXGATE_TRY(filled);
            const Result<void> inflated =
                m_state->block_state == ISAL_BLOCK_FINISH ? nextMember() : inflate();
            BOXGATE_TRY(inflated);
        }
        return size - m_state->avail_out;
    }

private:
    void feed(QByteArray bytes)
    {
        m_input = std::move(bytes);
        m_state->next_in = reinterpret_cast<std::uint8_t *>(const_cast<char *>(m_input.constData()));
        m_state->avail_in = std::uint32_t(m_input.size());
    }

    /// Leaves at least a byte to be read, unless the blob has ended.
    Result<void> fill()
    {
        if (m_state->avail_in > 0 || m_inputEnded)
            return {};
        Result<QByteArray> next = m_source();
        BOXGATE_TRY(next);
        m_inputEnded = next->isEmpty();
        feed(std::move(*next));
        return {};
    }

    Result<void> inflate()
    {
        const std::uint32_t room = m_state->avail_out;
        const int status = isal_inflate(m_state.get());
        if (status != ISAL_DECOMP_OK)
            return corrupt(QStringLiteral("gzip: isal_inflate says %1").arg(status));
        const bool stuck = m_inputEnded && m_state->avail_out == room;
        if (stuck && m_state->block_state != ISAL_BLOCK_FINISH)
            return corrupt(QStringLiteral("gzip: cut off"));
        return {};
    }

    Result<void> nextMember()
    {
        m_ended = m_state->avail_in == 0 || m_state->next_in[0] != 0x1F;
        if (m_ended)
            return {};
        isal_inflate_reset(m_state.get());
        m_state->crc_flag = ISAL_GZIP;
        return {};
    }

    Source m_source;
    QByteArray m_input; ///< what next_in points into
    std::unique_ptr<inflate_state> m_state;
    bool m_inputEnded = false;
    bool m_ended = false;
};

struct ArchiveFree
{
    void operator()(archive *handle) const { archive_read_free(handle); }
};

/// libarchive with one raw file, as it presents a stream that is compressed and nothing else.
class ArchiveDecompressor final : public Decompressor
{
public:
    ArchiveDecompressor(QByteArray first, Source source)
        : m_source(std::move(source))
        , m_input(std::move(first))
    { }

    Result<void> start()
    {
        archive_read_support_filter_zstd(m_archive.get());
        archive_read_support_format_raw(m_archive.get());
        archive_read_support_format_empty(m_archive.get());
        archive_entry *raw = nullptr;
        if (archive_read_open(m_archive.get(), this, nullptr, onRead, nullptr) != ARCHIVE_OK)
            return failed();
        const int first = archive_read_next_header(m_archive.get(), &raw);
        if (first != ARCHIVE_OK && first != ARCHIVE_EOF)
            return failed();
        m_ended = first == ARCHIVE_EOF;
        return {};
    }

    Result<std::size_t> read(char *to, std::size_t size) override
    {
        const la_ssize_t count = m_ended ? 0 : archive_read_data(m_archive.get(), to, size);
        if (count < 0)
            return failed();
        return std::size_t(count);
    }

private:
    static la_ssize_t onRead(archive *handle, void *context, const void **buffer)
    {
        auto *self = static_cast<ArchiveDecompressor *>(context);
        if (!std::exchange(self->m_begun, true)) {
            *buffer = self->m_input.constData();
            return self->m_input.size();
        }
        Result<QByteArray> next = self->m_source();
        if (!next) {
            self->m_failure = next.error();
            archive_set_error(handle, EIO, "read failed");
            return -1;
        }
        self->m_input = std::move(*next);
        *buffer = self->m_input.constData();
        return self->m_input.size();
    }

    tl::unexpected<Error> failed() const
    {
        if (m_failure)
            return fail(*m_failure);
        const char *text = archive_error_string(m_archive.get());
        return corrupt(text ? QString::fromLocal8Bit(text) : QString());
    }

    Source m_source;
    QByteArray m_input; ///< what libarchive reads at present
    std::optional<Error> m_failure; ///< of m_source
    std::unique_ptr<archive, ArchiveFree> m_archive{archive_read_new()};
    bool m_begun = false;
    bool m_ended = false;
};

} // namespace

Result<std::unique_ptr<Decompressor>> Decompressor::open(Source source)
{
    Result<QByteArray> first = source();
    BOXGATE_TRY(first);
    if (first->startsWith("\x1F\x8B"))
        return std::make_unique<GzipDecompressor>(std::move(*first), std::move(source));
    auto other = std::make_unique<ArchiveDecompressor>(std::move(*first), std::move(source));
    const Result<void> started = other->start();
    BOXGATE_TRY(started);
    return std::unique_ptr<Decompressor>(std::move(other));
}

} // namespace boxgate
