#include "core/image/disk/layerstream.h"

#include "core/image/disk/decompressor.h"
#include "core/image/sha256.h"

namespace boxgate {

namespace {

/// Of one chunk, compressed or not: it stays in the processor's cache from one thread to the next.
constexpr qsizetype ChunkBytes = 256 * 1024;
/// 4 MiB in each queue.
constexpr std::size_t QueuedChunks = 16;

} // namespace

LayerStream::LayerStream(const LayerSource &source, const LayerLimits &limits)
    : m_source(source)
    , m_limits(limits)
    , m_file(source.file)
    , m_plain(QueuedChunks)
    , m_hashed(QueuedChunks)
{ }

LayerStream::~LayerStream()
{
    m_plain.close();
    m_hashed.close();
    join();
}

void LayerStream::join()
{
    for (std::thread *thread : {&m_decompressor, &m_hasher}) {
        if (thread->joinable())
            thread->join();
    }
}

Result<std::unique_ptr<LayerStream>> LayerStream::open(const LayerSource &source, const LayerLimits &limits)
{
    std::unique_ptr<LayerStream> stream(new LayerStream(source, limits));
    if (!stream->m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        return fail(stream->m_file.exists() ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("Cannot read the image's layer %1: %2")
                        .arg(source.file, stream->m_file.errorString()));
    }
    stream->m_hasher = std::thread(&LayerStream::hash, stream.get());
    stream->m_decompressor = std::thread(&LayerStream::decompress, stream.get());
    return stream;
}

tl::unexpected<Error> LayerStream::damaged(const QString &why, const QString &detail) const
{
    return fail(
        ErrorCode::Corrupt,
        QStringLiteral("The image's layer %1 is damaged: %2").arg(m_source.digest.hex().left(12), why),
        detail);
}

Result<QByteArray> LayerStream::readFile()
{
    QByteArray chunk(ChunkBytes, Qt::Uninitialized);
    const qint64 count = m_file.read(chunk.data(), chunk.size());
    if (count < 0)
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot read %1: %2").arg(m_source.file, m_file.errorString()));
    chunk.truncate(count);
    m_progress += quint64(count);
    if (count > 0 && !m_hashed.give({Side::Blob, chunk}))
        return fail(ErrorCode::Cancelled, QStringLiteral("Reading a layer was cancelled"));
    return chunk;
}

Result<void> LayerStream::decompressAll()
{
    const auto decompressor = Decompressor::open([this] { return readFile(); });
    BOXGATE_TRY(decompressor);
    quint64 total = 0;
    for (;;) {
        QByteArray chunk(ChunkBytes, Qt::Uninitialized);
        const Result<std::size_t> count = (*decompressor)->read(chunk.data(), std::size_t(chunk.size()));
        BOXGATE_TRY(count);
        if (*count == 0)
            break;
        total += *count;
        if (total > m_limits.layerBytes)
            return fail(ErrorCode::Corrupt,
                        QStringLiteral("it holds more than %1 bytes").arg(m_limits.layerBytes));
        chunk.truncate(qsizetype(*count));
        if (!m_hashed.give({Side::Plain, chunk}) || !m_plain.give(chunk))
            return {};
    }
    if (total == 0)
        return fail(ErrorCode::Corrupt, QStringLiteral("it is no tar archive"));
    // Whatever follows the compressed stream belongs to the blob and so to its digest.
    for (;;) {
        const Result<QByteArray> rest = readFile();
        BOXGATE_TRY(rest);
        if (rest->isEmpty())
            return {};
    }
}

void LayerStream::decompress()
{
    m_outcome = decompressAll();
    if (!m_outcome && m_outcome.error().code == ErrorCode::Corrupt)
        m_outcome = damaged(m_outcome.error().message, m_outcome.error().detail);
    m_hashed.end();
    m_plain.end();
}

void LayerStream::hash()
{
    Sha256 blob;
    Sha256 plain;
    while (const std::optional<HashedChunk> chunk = m_hashed.take()) {
        Sha256 &to = chunk->side == Side::Blob ? blob : plain;
        to.addData(chunk->bytes);
    }
    m_blobDigest = Digest::fromHash(blob.result());
    m_plainDigest = Digest::fromHash(plain.result());
}

Result<QByteArray> LayerStream::next()
{
    std::optional<QByteArray> chunk = m_plain.take();
    if (chunk)
        return std::move(*chunk);
    BOXGATE_TRY(m_outcome);
    return QByteArray();
}

Result<void> LayerStream::verify()
{
    for (;;) {
        const Result<QByteArray> rest = next();
        BOXGATE_TRY(rest);
        if (rest->isEmpty())
            break;
    }
    join();
    if (m_blobDigest != m_source.digest)
        return damaged(QStringLiteral("its bytes do not have that digest"));
    if (!m_source.diffId.isEmpty() && m_plainDigest != m_source.diffId)
        return damaged(QStringLiteral("its contents are not what the configuration promises"));
    return {};
}

} // namespace boxgate
