#pragma once

#include "core/image/digest.h"
#include "core/image/disk/chunkqueue.h"
#include "core/image/disk/layerentry.h"

#include <QFile>

#include <atomic>
#include <memory>
#include <thread>

namespace boxgate {

/// One layer as a blob on disk.
struct LayerSource
{
    QString file;
    Digest digest; ///< of the file
    Digest diffId; ///< of its uncompressed contents; empty: not known
};

/// The uncompressed bytes of a layer's blob, read ahead: one thread reads and decompresses, another hashes.
///
/// Thread: any, one at a time. The bytes are hostile, and nothing made of them may be used before verify()
/// has said that they are what the digests promise. Memory: 8 MiB of bytes that nobody took yet. Destroyed
/// early, it ends within the time of one chunk.
class LayerStream
{
public:
    /// Errors   NotFound, Denied: the file cannot be opened
    static Result<std::unique_ptr<LayerStream>> open(const LayerSource &source, const LayerLimits &limits);
    ~LayerStream();
    Q_DISABLE_COPY(LayerStream)

    /// The next bytes; empty after the last.
    /// Errors   Corrupt: it cannot be decompressed, or is above the limit; Io
    Result<QByteArray> next();

    /// Reads on to the blob's end and compares its digests.
    /// Errors   as next(); Corrupt: they differ
    Result<void> verify();

    /// Bytes of the file read since the last call.
    quint64 takeProgress() { return m_progress.exchange(0); }

    /// The error of a layer that is not what it should be.
    tl::unexpected<Error> damaged(const QString &why, const QString &detail = {}) const;

private:
    enum class Side
    {
        Blob,
        Plain
    };
    struct HashedChunk
    {
        Side side = Side::Blob;
        QByteArray bytes;
    };

    LayerStream(const LayerSource &source, const LayerLimits &limits);

    void decompress();
    Result<void> decompressAll();
    Result<QByteArray> readFile();
    void hash();
    void join();

    const LayerSource m_source;
    const LayerLimits m_limits;
    QFile m_file;
    ChunkQueue<QByteArray> m_plain;
    ChunkQueue<HashedChunk> m_hashed;
    std::atomic<quint64> m_progress = 0;
    Result<void> m_outcome; ///< the decompressor's; read once m_plain has ended
    Digest m_blobDigest; ///< the hasher's, read once it is joined
    Digest m_plainDigest;
    std::thread m_decompressor;
    std::thread m_hasher;
};

} // namespace boxgate
