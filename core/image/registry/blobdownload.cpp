#include "core/image/registry/blobdownload.h"

#include "core/base/workerthread.h"

namespace boxgate {

namespace {

constexpr int PartialContent = 206;
constexpr int RangeNotSatisfiable = 416;
/// Progress of less does not make a server that breaks off again and again a good one.
constexpr qint64 RealProgress = 1 << 20;

/// Whether another server may do better.
bool isOfServer(ErrorCode code)
{
    return code == ErrorCode::NotFound || code == ErrorCode::Unavailable || code == ErrorCode::Timeout
        || code == ErrorCode::Io || code == ErrorCode::Protocol || code == ErrorCode::Denied;
}

} // namespace

qint64 contentRangeBegin(const QByteArray &header)
{
    const QByteArray text = header.trimmed();
    const qsizetype dash = text.indexOf('-');
    if (!text.startsWith("bytes ") || dash < 0)
        return -1;
    bool isNumber = false;
    const qint64 begin = text.mid(6, dash - 6).trimmed().toLongLong(&isNumber);
    return isNumber && begin >= 0 ? begin : -1;
}

BlobDownload::BlobDownload(const ImageStore &store, const QList<std::shared_ptr<RegistrySession>> &sessions,
                           const BlobDescriptor &blob, const RegistryLimits &limits, QThreadPool *pool,
                           const CancelToken &cancel, Progress progress)
    : m_store(store)
    , m_sessions(sessions)
    , m_blob(blob)
    , m_limits(limits)
    , m_pool(pool)
    , m_cancel(cancel)
    , m_progress(std::move(progress))
{ }

QString BlobDownload::name() const { return QStringLiteral("blob ") + m_blob.digest.toString().left(19); }

Async<void> BlobDownload::run()
{
    for (int round = 0;; ++round) {
        const Result<Outcome> outcome = co_await fetch();
        BOXGATE_CO_TRY(outcome);
        if (*outcome == Outcome::Whole)
            co_return {};
        // Once: what comes after it was begun by this process.
        if (round > 0)
            co_return fail(ErrorCode::Corrupt, QStringLiteral("The %1 is damaged").arg(name()));
    }
}

Async<BlobDownload::Outcome> BlobDownload::fetch()
{
    auto open = [store = m_store, blob = m_blob, cancel = m_cancel]() -> Result<std::shared_ptr<BlobWriter>> {
        Result<std::unique_ptr<BlobWriter>> writer = store.writeBlob(blob, cancel);
        BOXGATE_TRY(writer);
        return std::shared_ptr<BlobWriter>(std::move(*writer));
    };
    const Result<std::shared_ptr<BlobWriter>> writer =
        co_await runOnPool<std::shared_ptr<BlobWriter>>(m_pool, open);
    BOXGATE_CO_TRY(writer);
    m_writer = *writer;
    if (!m_writer) {
        m_progress(m_blob.size, 0);
        co_return Outcome::Whole;
    }
    const bool isResumed = m_writer->offset() > 0;
    m_progress(m_writer->offset(), 0);
    Result<void> fetched = fail(ErrorCode::Internal, QStringLiteral("No registry to ask"));
    for (const std::shared_ptr<RegistrySession> &session : m_sessions) {
        fetched = co_await fetchFrom(session.get());
        if (fetched || !isOfServer(fetched.error().code))
            break;
    }
    if (fetched) {
        auto commit = [kept = m_writer] { return kept->commit(); };
        fetched = co_await runOnPool<void>(m_pool, commit);
        const bool isStale = !fetched && fetched.error().code == ErrorCode::Corrupt && isResumed;
        if (isStale) {
            m_writer.reset();
            co_return Outcome::StaleBegin;
        }
    }
    m_writer.reset();
    if (!fetched && fetched.error().code == ErrorCode::Corrupt)
        co_return fail(fetched.error().in(m_sessions.last()->endpoint().registry));
    BOXGATE_CO_TRY(fetched);
    co_return Outcome::Whole;
}

Async<void> BlobDownload::fetchFrom(RegistrySession *session)
{
    Attempts attempts(m_limits.retry);
    while (m_writer->offset() < m_blob.size) {
        const qint64 before = m_writer->offset();
        std::optional<std::chrono::milliseconds> retryAfter;
        const Result<void> once = co_await fetchOnce(session, &retryAfter);
        if (once)
            break;
        if (m_writer->offset() - before >= RealProgress)
            attempts.forget();
        const Error error = once.error();
        const Result<void> again = co_await attempts.next(session->http(), error, retryAfter);
        BOXGATE_CO_TRY(again);
    }
    co_return {};
}

Async<void> BlobDownload::fetchOnce(RegistrySession *session,
                                    std::optional<std::chrono::milliseconds> *retryAfter)
{
    const QString path = QStringLiteral("blobs/") + m_blob.digest.toString();
    const QString what = name();
    const Result<RegistryAnswer> answer = co_await session->get(path, what, {}, m_writer->offset());
    BOXGATE_CO_TRY(answer);
    *retryAfter = answer->retryAfter;
    if (answer->refusal)
        co_return fail(*answer->refusal);
    const Result<void> begun = co_await beginAt(&*answer);
    BOXGATE_CO_TRY(begun);
    const Result<void> streamed = co_await streamFrom(answer->exchange);
    BOXGATE_CO_TRY(streamed);
    if (m_writer->offset() < m_blob.size) {
        co_return fail(ErrorCode::Unavailable,
                       QStringLiteral("%1 ended the %2 after %3 of %4 bytes")
                           .arg(session->endpoint().registry, what)
                           .arg(m_writer->offset())
                           .arg(m_blob.size));
    }
    co_return {};
}

/// Makes the writer's place and the answer's begin the same.
Async<void> BlobDownload::beginAt(const RegistryAnswer *answer)
{
    const int status = answer->exchange->status();
    const qint64 begin =
        status == PartialContent ? contentRangeBegin(answer->exchange->header("Content-Range")) : 0;
    if (status == RangeNotSatisfiable || begin != m_writer->offset()) {
        auto restart = [writer = m_writer] { return writer->restart(); };
        const Result<void> restarted = co_await runOnPool<void>(m_pool, restart);
        BOXGATE_CO_TRY(restarted);
        m_progress(0, 0);
        // The whole blob from its first byte on is as good; anything else has to be asked for again.
        if (status == RangeNotSatisfiable || begin != 0)
            co_return fail(
                ErrorCode::Unavailable,
                QStringLiteral("The registry sent another part of the %1 than it was asked for").arg(name()));
    }
    const qint64 length = answer->exchange->contentLength();
    if (length > m_blob.size - m_writer->offset()) {
        co_return fail(ErrorCode::Corrupt,
                       QStringLiteral("it announces %1 bytes for the %2, which has %3")
                           .arg(m_writer->offset() + length)
                           .arg(name())
                           .arg(m_blob.size));
    }
    co_return {};
}

Async<void> BlobDownload::streamFrom(std::shared_ptr<HttpExchange> exchange)
{
    for (;;) {
        const Result<QByteArray> piece = co_await exchange->read(ChunkBytes);
        BOXGATE_CO_TRY(piece);
        if (piece->isEmpty())
            co_return {};
        auto write = [writer = m_writer, bytes = *piece] {
            return writer->write(bytes.constData(), bytes.size());
        };
        const Result<void> written = co_await runOnPool<void>(m_pool, write);
        BOXGATE_CO_TRY(written);
        m_progress(m_writer->offset(), piece->size());
    }
}

} // namespace boxgate
