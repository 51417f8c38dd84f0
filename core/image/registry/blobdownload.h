#pragma once

#include "core/image/registry/registrysession.h"
#include "core/image/store/imagestore.h"

#include <QThreadPool>

#include <functional>

namespace boxgate {

/// Gets one blob from a registry into the image store: goes on where an earlier download ended, verifies
/// while it streams, and asks again where that may help. Hashing and writing are done on the given pool.
///
/// Thread: the main thread. Lifetime: outlives its coroutines, and what it is given outlives it.
class BlobDownload
{
public:
    /// done       bytes of the blob that are there; less again when a download begins anew
    /// received   how many of them have come since the last call
    using Progress = std::function<void(qint64 done, qint64 received)>;

    /// sessions   whom to ask, in order: the next one when one does not have the blob or does not work
    BlobDownload(const ImageStore &store, const QList<std::shared_ptr<RegistrySession>> &sessions,
                 const BlobDescriptor &blob, const RegistryLimits &limits, QThreadPool *pool,
                 const CancelToken &cancel, Progress progress);

    /// Errors   Corrupt: other bytes than the digest says, or more; those of RegistrySession::get() and
    /// ImageStore
    Async<void> run();

    static constexpr qint64 ChunkBytes = 1 << 20;

private:
    enum class Outcome
    {
        Whole,
        StaleBegin ///< what an earlier download has left was not the blob's begin
    };
    Async<Outcome> fetch();
    Async<void> fetchFrom(RegistrySession *session);
    Async<void> fetchOnce(RegistrySession *session, std::optional<std::chrono::milliseconds> *retryAfter);
    Async<void> beginAt(const RegistryAnswer *answer);
    Async<void> streamFrom(std::shared_ptr<HttpExchange> exchange);
    QString name() const;

    const ImageStore m_store;
    const QList<std::shared_ptr<RegistrySession>> m_sessions;
    const BlobDescriptor m_blob;
    const RegistryLimits m_limits;
    QThreadPool *const m_pool;
    const CancelToken m_cancel;
    const Progress m_progress;
    std::shared_ptr<BlobWriter> m_writer;
};

/// Where a Content-Range header says that the bytes begin; -1: it does not.
/// Source   RFC 9110, section 14.4: "bytes 100-199/200"
qint64 contentRangeBegin(const QByteArray &header);

} // namespace boxgate
