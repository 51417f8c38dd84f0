#include "core/image/registry/pull.h"

#include "core/base/workerthread.h"
#include "core/image/registry/registryanswers.h"

namespace boxgate {

namespace {

constexpr int WriterThreads = 2;

} // namespace

Pull::Pull(const ImageStore &store, const CredentialStore &credentials, const Job &job,
           const RegistryLimits &limits)
    : m_store(store)
    , m_credentials(credentials)
    , m_job(job)
    , m_limits(limits)
{
    m_pool.setMaxThreadCount(WriterThreads);
    m_progress.ref = job.ref;
    m_pace.setSingleShot(true);
    m_pace.setInterval(ProgressInterval);
    connect(&m_pace, &QTimer::timeout, this, &Pull::progressed);
}

Pull::~Pull() { m_pool.waitForDone(); }

void Pull::cancel()
{
    m_isCancelled = true;
    m_cancel.cancel();
    for (const std::shared_ptr<RegistrySession> &session : std::as_const(m_sessions))
        session->http()->cancel();
}

PullProgress Pull::progress() const { return m_progress; }

Async<StoredImage> Pull::run()
{
    const Result<Chosen> chosen = co_await chooseFromAny();
    BOXGATE_CO_TRY(chosen);
    const Result<ImageManifest> manifest = ImageManifest::parse(chosen->manifest.bytes);
    if (!manifest)
        co_return fail(manifest.error().in(m_job.ref.toString()));
    auto take = [store = m_store, cancel = m_cancel]() -> Result<std::shared_ptr<ImageStore::Use>> {
        Result<ImageStore::Use> use = store.use(cancel);
        BOXGATE_TRY(use);
        return std::make_shared<ImageStore::Use>(std::move(*use));
    };
    const Result<std::shared_ptr<ImageStore::Use>> use =
        co_await runOnPool<std::shared_ptr<ImageStore::Use>>(&m_pool, take);
    BOXGATE_CO_TRY(use);
    const Result<void> downloaded = co_await download(*manifest);
    BOXGATE_CO_TRY(downloaded);
    m_progress.stage = PullProgress::Stage::Finishing;
    Q_EMIT progressed();
    const Result<StoredImage> image = co_await finish(*chosen);
    co_return image;
}

Async<std::shared_ptr<RegistrySession>> Pull::openSession(RegistryEndpoint endpoint)
{
    const auto cas = RegistrySession::loadCas(endpoint);
    BOXGATE_CO_TRY(cas);
    const Result<std::optional<Credentials>> login = co_await m_credentials.find(endpoint.registry);
    BOXGATE_CO_TRY(login);
    if (m_isCancelled)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("The pull was cancelled"));
    co_return std::make_shared<RegistrySession>(endpoint, m_job.ref.repository, *login, m_limits);
}

Async<Pull::Chosen> Pull::chooseFromAny()
{
    Result<Chosen> chosen = fail(ErrorCode::Internal, QStringLiteral("No registry to ask"));
    for (const RegistryEndpoint &endpoint : m_job.endpoints) {
        const Result<std::shared_ptr<RegistrySession>> session = co_await openSession(endpoint);
        if (!session) {
            chosen = fail(session.error());
        } else {
            m_sessions.append(*session);
            chosen = co_await choose(session->get());
        }
        if (chosen) {
            // A mirror that had no manifest is asked for no blob; those behind it may help out.
            m_sessions = {*session};
            break;
        }
        if (chosen.error().code == ErrorCode::Cancelled)
            break;
    }
    BOXGATE_CO_TRY(chosen);
    const RegistryEndpoint answered = m_sessions.first()->endpoint();
    for (qsizetype i = m_job.endpoints.indexOf(answered) + 1; i < m_job.endpoints.size(); ++i) {
        const RegistryEndpoint next = m_job.endpoints[i];
        const Result<std::shared_ptr<RegistrySession>> session = co_await openSession(next);
        if (session)
            m_sessions.append(*session);
    }
    co_return chosen;
}

Async<Pull::Chosen> Pull::choose(RegistrySession *session)
{
    Chosen chosen;
    const QString reference = m_job.ref.digest.isEmpty() ? m_job.ref.tag : m_job.ref.digest;
    Result<Fetched> fetched = co_await fetchManifest(session, reference);
    for (int depth = 0; fetched && fetched->kind == ManifestKind::Index; ++depth) {
        if (depth == MaxIndexDepth)
            co_return fail(ErrorCode::Corrupt,
                           QStringLiteral("The %1 nests its lists of platforms too deeply").arg(what()));
        if (!chosen.index)
            chosen.index = *fetched;
        const Result<BlobDescriptor> entry = chooseEntry(fetched->bytes);
        BOXGATE_CO_TRY(entry);
        fetched = co_await fetchManifest(session, entry->digest.toString());
        if (fetched && fetched->bytes.size() != entry->size) {
            co_return fail(ErrorCode::Corrupt,
                           QStringLiteral("%1 lists the %2 with another size than it has")
                               .arg(session->endpoint().registry, what()));
        }
    }
    BOXGATE_CO_TRY(fetched);
    chosen.manifest = *fetched;
    co_return chosen;
}

Async<Pull::Fetched> Pull::fetchManifest(RegistrySession *session, QString reference)
{
    const QString path = QStringLiteral("manifests/") + reference;
    const Result<RegistrySession::Document> document =
        co_await session->document(path, what(), acceptedManifests(), ImageManifest::MaxJsonBytes);
    BOXGATE_CO_TRY(document);
    const QString registry = session->endpoint().registry;
    Fetched fetched;
    fetched.bytes = document->bytes;
    fetched.descriptor.size = document->bytes.size();
    fetched.descriptor.digest = Digest::ofBytes(document->bytes);
    const QString digest = fetched.descriptor.digest.toString();
    const bool isByDigest = reference.startsWith(QLatin1String("sha256:"));
    const bool isAnnounced = document->digest.startsWith("sha256:");
    if ((isByDigest && reference != digest) || (isAnnounced && document->digest != digest.toLatin1())) {
        co_return fail(ErrorCode::Corrupt,
                       QStringLiteral("%1 sent a manifest of the %2 that has not the digest it should have")
                           .arg(registry, what()),
                       digest);
    }
    const Result<ManifestKind> kind = manifestKind(document->bytes, document->contentType);
    if (!kind)
        co_return fail(
            kind.error().in(QStringLiteral("Cannot use %1 of %2").arg(m_job.ref.toString(), registry)));
    fetched.kind = *kind;
    const QString type = QString::fromLatin1(document->contentType).section(u';', 0, 0).trimmed();
    const bool isDocker = type.startsWith(QLatin1String("application/vnd.docker."))
        || document->bytes.contains("application/vnd.docker.distribution.manifest");
    if (fetched.kind == ManifestKind::Index)
        fetched.descriptor.mediaType = isDocker ? mediatype::DockerIndex : mediatype::Index;
    else
        fetched.descriptor.mediaType = isDocker ? mediatype::DockerManifest : mediatype::Manifest;
    co_return fetched;
}

Result<BlobDescriptor> Pull::chooseEntry(const QByteArray &json) const
{
    const Result<ImageIndex> index = ImageIndex::parse(json);
    if (!index)
        return fail(index.error().in(m_job.ref.toString()));
    if (const BlobDescriptor *entry = index->find(m_job.architecture, {}))
        return *entry;
    const QString others = platformList(*index);
    return fail(ErrorCode::NotFound,
                QStringLiteral("The %1 is not made for linux/%2%3")
                    .arg(what(), m_job.architecture,
                         others.isEmpty() ? QString() : QStringLiteral(": there is ") + others));
}

Result<void> Pull::checkConfig(const ImageManifest &manifest, const QByteArray &json) const
{
    const Result<ImageConfig> config = ImageConfig::parse(json);
    if (!config)
        return fail(config.error().in(m_job.ref.toString()));
    const bool isOtherSystem = !config->os.isEmpty() && config->os != QLatin1String("linux");
    const bool isOtherProcessor =
        !config->architecture.isEmpty() && config->architecture != m_job.architecture;
    if (isOtherSystem || isOtherProcessor) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("The %1 is not made for linux/%2: there is %3")
                        .arg(what(), m_job.architecture,
                             servedText(config->os + QLatin1Char('/') + config->architecture)));
    }
    if (config->diffIds.size() != manifest.layers.size()) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The %1 is damaged: it has %2 layers, but %3 in its configuration")
                        .arg(what())
                        .arg(manifest.layers.size())
                        .arg(config->diffIds.size()));
    }
    return {};
}

Async<void> Pull::download(ImageManifest manifest)
{
    if (manifest.config.size > ImageConfig::MaxJsonBytes) {
        co_return fail(ErrorCode::Corrupt,
                       QStringLiteral("The %1 has a configuration of more than %2 bytes")
                           .arg(what())
                           .arg(ImageConfig::MaxJsonBytes));
    }
    const QList<BlobDescriptor> blobs = QList<BlobDescriptor>{manifest.config} + manifest.layers;
    QSet<Digest> seen;
    QList<BlobDescriptor> missing;
    for (const BlobDescriptor &blob : blobs) {
        if (seen.contains(blob.digest))
            continue;
        seen.insert(blob.digest);
        const bool isThere = m_store.has(blob);
        m_progress.blobs.append({blob.digest, blob.size, isThere ? blob.size : 0, isThere});
        if (!isThere && blob.digest != manifest.config.digest)
            missing.append(blob);
    }
    const Bytes needed(m_progress.total().count() - m_progress.done().count());
    const Result<void> room = m_store.checkSpace(needed);
    BOXGATE_CO_TRY(room);
    m_progress.stage = PullProgress::Stage::Downloading;
    Q_EMIT progressed();
    // The configuration first: an image that cannot be used is not downloaded.
    const Result<void> configured = co_await downloadBlob(manifest.config);
    BOXGATE_CO_TRY(configured);
    const Result<QByteArray> config = m_store.readBlob(manifest.config, ImageConfig::MaxJsonBytes);
    BOXGATE_CO_TRY(config);
    const Result<void> usable = checkConfig(manifest, *config);
    BOXGATE_CO_TRY(usable);
    std::vector<Async<void>> lanes;
    for (int i = 0; i < m_limits.parallelBlobs; ++i)
        lanes.push_back(downloadLane(&missing));
    for (Async<void> &lane : lanes) {
        const Result<void> ended = co_await lane;
        Q_UNUSED(ended); // its error is the first one, or follows from it
    }
    if (m_isCancelled)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("The pull was cancelled"));
    if (m_firstError)
        co_return fail(*m_firstError);
    co_return {};
}

Async<void> Pull::downloadLane(QList<BlobDescriptor> *queue)
{
    while (!queue->isEmpty() && !m_firstError && !m_isCancelled) {
        const BlobDescriptor blob = queue->takeFirst();
        const Result<void> downloaded = co_await downloadBlob(blob);
        if (!downloaded && !m_firstError) {
            m_firstError = downloaded.error();
            // The other lanes would go on for nothing.
            m_cancel.cancel();
            for (const std::shared_ptr<RegistrySession> &session : std::as_const(m_sessions))
                session->http()->cancel();
        }
        BOXGATE_CO_TRY(downloaded);
    }
    co_return {};
}

Async<void> Pull::downloadBlob(BlobDescriptor blob)
{
    const auto note = [this, digest = blob.digest](qint64 done, qint64 received) {
        noteProgress(digest, done, received);
    };
    BlobDownload blobDownload(m_store, m_sessions, blob, m_limits, &m_pool, m_cancel, note);
    const Result<void> downloaded = co_await blobDownload.run();
    co_return downloaded;
}

void Pull::noteProgress(const Digest &digest, qint64 done, qint64 received)
{
    const auto blob = std::find_if(m_progress.blobs.begin(), m_progress.blobs.end(),
                                   [&digest](const PullProgress::Blob &b) { return b.digest == digest; });
    if (blob == m_progress.blobs.end())
        return;
    const auto now = RateMeter::Clock::now();
    m_rate.add(received, now);
    m_progress.received += received;
    blob->done = done;
    m_progress.bytesPerSecond = m_rate.rate(now);
    if (blob->done == blob->size)
        Q_EMIT progressed();
    else if (!m_pace.isActive())
        m_pace.start();
}

Async<StoredImage> Pull::finish(Chosen chosen)
{
    StoredImage image;
    image.ref = m_job.ref;
    image.manifest = chosen.manifest.descriptor;
    image.manifest.architecture = m_job.architecture;
    image.manifest.os = QStringLiteral("linux");
    if (chosen.index)
        image.index = chosen.index->descriptor.digest;
    image.added = QDateTime::currentDateTimeUtc();
    auto store = [kept = m_store, chosen, image, cancel = m_cancel]() -> Result<void> {
        const Result<void> manifest = kept.addBlob(chosen.manifest.descriptor, chosen.manifest.bytes, cancel);
        BOXGATE_TRY(manifest);
        if (chosen.index) {
            const Result<void> index = kept.addBlob(chosen.index->descriptor, chosen.index->bytes, cancel);
            BOXGATE_TRY(index);
        }
        return kept.setName(image);
    };
    const Result<void> stored = co_await runOnPool<void>(&m_pool, store);
    BOXGATE_CO_TRY(stored);
    co_return image;
}

} // namespace boxgate
