#include "core/client/imagepull.h"

#include "core/image/ocilayout.h"
#include "core/image/registry/pull.h"

#include <QRegularExpression>

namespace boxgate {

ImagePull::ImagePull(const Paths &paths, const PullRequest &request)
    : m_paths(paths)
    , m_request(request)
{ }

ImagePull::~ImagePull() = default;

Async<PulledImage> ImagePull::run()
{
    const Result<RegistrySettings> settings = RegistrySettings::load(m_paths.registries());
    BOXGATE_CO_TRY(settings);
    const Result<QList<ImageRef>> candidates = settings->candidates(m_request.name);
    BOXGATE_CO_TRY(candidates);
    PulledImage here;
    here.ref = candidates->first();
    if (here.ref.isBuiltin())
        co_return here;
    if (m_request.policy != PullPolicy::Always) {
        const ImageStore store(m_paths);
        for (const ImageRef &ref : *candidates) {
            const Result<StoredImage> found = store.find(ref);
            if (found) {
                here.ref = ref;
                here.digest = found->manifest.digest.toString();
                co_return here;
            }
            if (found.error().code != ErrorCode::NotFound)
                co_return fail(found.error());
        }
    }
    if (m_request.policy == PullPolicy::Never) {
        co_return fail(ErrorCode::NotFound,
                       QStringLiteral("The image %1 is not on this machine: 'boxgate pull %1' gets it")
                           .arg(here.ref.toString()));
    }
    const Result<PulledImage> pulled = co_await pullFirst(*candidates);
    co_return pulled;
}

Async<PulledImage> ImagePull::pullFirst(QList<ImageRef> candidates)
{
    QStringList asked;
    Result<PulledImage> pulled = fail(ErrorCode::Internal, QStringLiteral("No registry to ask"));
    for (const ImageRef &ref : candidates) {
        pulled = co_await pullOne(ref);
        if (pulled)
            co_return pulled;
        // A registry that cannot be asked is no reason to take an image of the same name from another one.
        // Some deny what they do not have.
        const ErrorCode code = pulled.error().code;
        if (code != ErrorCode::NotFound && code != ErrorCode::Denied)
            co_return pulled;
        asked.append(ref.registry);
    }
    if (asked.size() > 1) {
        co_return fail(ErrorCode::NotFound,
                       QStringLiteral("There is no image %1 in any of %2")
                           .arg(m_request.name, asked.join(QStringLiteral(", "))),
                       pulled.error().message);
    }
    co_return pulled;
}

Async<PulledImage> ImagePull::pullOne(ImageRef ref)
{
    const Result<RegistrySettings> settings = RegistrySettings::load(m_paths.registries());
    BOXGATE_CO_TRY(settings);
    Pull::Job job;
    job.ref = ref;
    job.architecture =
        m_request.architecture.isEmpty() ? OciLayout::hostArchitecture() : m_request.architecture;
    job.endpoints = settings->endpoints(ref.registry);
    if (m_request.scheme == PullRequest::Scheme::PlainHttp)
        job.endpoints.last().scheme = RegistryScheme::PlainHttp;
    const ImageStore store(m_paths);
    const Result<StoredImage> before = store.find(ref);
    if (m_isCancelled)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("The pull was cancelled"));
    m_pull = std::make_unique<Pull>(store, CredentialStore(m_paths), job);
    connect(m_pull.get(), &Pull::progressed, this, &ImagePull::progressed);
    const Result<StoredImage> image = co_await m_pull->run();
    m_last = m_pull->progress();
    m_pull.reset();
    BOXGATE_CO_TRY(image);
    PulledImage pulled;
    pulled.ref = ref;
    pulled.digest = image->manifest.digest.toString();
    const bool isSame = before && before->manifest.digest == image->manifest.digest && m_last.received == 0;
    if (!isSame)
        pulled.change = PulledImage::Change::Pulled;
    co_return pulled;
}

void ImagePull::cancel()
{
    m_isCancelled = true;
    if (m_pull)
        m_pull->cancel();
}

PullProgress ImagePull::progress() const { return m_pull ? m_pull->progress() : m_last; }

Result<QString> architectureFromPlatform(const QString &platform)
{
    static const QRegularExpression pattern(QStringLiteral("\\A(?:([a-z]+)/)?([a-z0-9]{2,20})\\z"));
    const QRegularExpressionMatch match = pattern.match(platform);
    if (!match.hasMatch()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a platform: write linux/amd64 or linux/arm64")
                        .arg(platform.left(80)));
    }
    if (!match.captured(1).isEmpty() && match.captured(1) != QLatin1String("linux"))
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("Boxes run Linux: there is no use for an image for %1").arg(platform));
    return match.captured(2);
}

} // namespace boxgate
