#pragma once

#include "core/image/imageconfig.h"
#include "core/image/registry/blobdownload.h"
#include "core/image/registry/credentialstore.h"
#include "core/image/registry/manifestkind.h"
#include "core/image/registry/pullprogress.h"

#include <QTimer>

namespace boxgate {

/// Gets one image from its registry, or a mirror of it, into the image store.
///
/// The name appears when everything is there and verified. What came before an end, an error or a kill -9
/// stays and is gone on with by the next pull. Memory: RegistryLimits::parallelBlobs times a few MiB, and the
/// documents. Thread: the main thread; hashing and writing on two others. Lifetime: one run(); outlives it.
class Pull : public QObject
{
    Q_OBJECT

public:
    struct Job
    {
        ImageRef ref;
        QString architecture; ///< as OCI writes it: "amd64"
        QList<RegistryEndpoint> endpoints; ///< whom to ask, in order; not empty
    };

    Pull(const ImageStore &store, const CredentialStore &credentials, const Job &job,
         const RegistryLimits &limits = {});
    ~Pull() override;

    /// Errors   NotFound: no such image, or none for the architecture, with those there are; Denied: a login
    /// is needed
    ///          or not accepted; Cancelled; Corrupt, Protocol: what the registry sends; Unavailable, Timeout,
    ///          Io: it cannot be reached; DiskFull, Conflict: ImageStore::checkSpace()'s
    Async<StoredImage> run();

    /// Ends run() soon. What is there stays for the next pull.
    void cancel();

    PullProgress progress() const;

    static constexpr int MaxIndexDepth = 3;
    static constexpr std::chrono::milliseconds ProgressInterval{100};

Q_SIGNALS:
    /// At most every ProgressInterval, and at each blob's end.
    void progressed();

private:
    struct Fetched
    {
        BlobDescriptor descriptor;
        QByteArray bytes;
        ManifestKind kind = ManifestKind::Image;
    };
    struct Chosen
    {
        Fetched manifest;
        std::optional<Fetched> index; ///< the outermost
    };
    Async<std::shared_ptr<RegistrySession>> openSession(RegistryEndpoint endpoint);
    Async<Chosen> chooseFromAny();
    Async<Chosen> choose(RegistrySession *session);
    Async<Fetched> fetchManifest(RegistrySession *session, QString reference);
    Result<BlobDescriptor> chooseEntry(const QByteArray &index) const;
    Result<void> checkConfig(const ImageManifest &manifest, const QByteArray &json) const;
    Async<void> download(ImageManifest manifest);
    Async<void> downloadLane(QList<BlobDescriptor> *queue);
    Async<void> downloadBlob(BlobDescriptor blob);
    Async<StoredImage> finish(Chosen chosen);
    void noteProgress(const Digest &digest, qint64 done, qint64 received);
    QString what() const { return QStringLiteral("image ") + m_job.ref.toString(); }

    const ImageStore m_store;
    const CredentialStore m_credentials;
    const Job m_job;
    const RegistryLimits m_limits;
    const CancelToken m_cancel;
    QThreadPool m_pool;
    QList<std::shared_ptr<RegistrySession>> m_sessions; ///< the one that had the manifest first
    PullProgress m_progress;
    RateMeter m_rate;
    QTimer m_pace;
    std::optional<Error> m_firstError;
    bool m_isCancelled = false;
};

} // namespace boxgate
